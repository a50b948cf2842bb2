import { endOfUnit, nalOffsets } from './annexb.ts';
import { BitstreamError } from './errors.ts';
import { H264_NAL, h264NalType, rewriteH264Sps } from './h264.ts';

/**
 * The SPS that says that pictures are not reordered: decoders hold back pictures that might be, hosts never reorder, but not all
 * say so (protocol/3 §5.1). An SPS that cannot be read is returned as it is.
 */
export function withoutReordering(sps: Buffer): Buffer {
  try {
    return rewriteH264Sps(sps);
  } catch (error) {
    if (error instanceof BitstreamError) return sps;
    throw error;
  }
}

/** The pieces of an H.264 key frame (Annex B) with such SPS: concatenated, they are the key frame. They share its memory. */
export function keyFrameWithoutReordering(keyFrame: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  let taken = 0;
  let sps: number | null = null;
  for (const at of nalOffsets(keyFrame)) {
    if (sps !== null) {
      const end = endOfUnit(keyFrame, sps, at - 3);
      const rewritten = withoutReordering(keyFrame.subarray(sps, end));
      pieces.push(keyFrame.subarray(taken, sps), rewritten);
      taken = end;
    }
    const type = h264NalType(keyFrame.subarray(at, at + 1));
    if (type >= H264_NAL.slice && type <= H264_NAL.idr) break;
    sps = type === H264_NAL.sps ? at : null;
  }
  pieces.push(keyFrame.subarray(taken));
  return pieces;
}
