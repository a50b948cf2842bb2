import type { Region } from '@moonshare/contract';
import type { AVPixelFormat } from 'node-av/constants';
import { avGetPixFmtName, type Frame } from 'node-av/lib';
import { brightnessOf } from '../wait/changed-share.ts';

/** The brightness of part of a frame, 8 bits per pixel. */
export function frameBrightness(frame: Frame, region: Region): Uint8Array {
  const depth = Number(/p(\d+)le$/.exec(avGetPixFmtName(frame.format as AVPixelFormat) ?? '')?.[1] ?? 8);
  const layout = { stride: frame.linesize[0]!, bytesPerPixel: depth > 8 ? 2 : 1, depth } as const;
  return brightnessOf(frame.data![0]!, layout, region);
}
