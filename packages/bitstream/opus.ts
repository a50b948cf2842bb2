import { BitstreamError } from './errors.ts';

export interface OpusToc {
  /** Duration of one frame, ms. */
  frameMs: number;
  channels: 1 | 2;
  /** Frames in the packet; together at most 120 ms. */
  frames: number;
}

const CELT_MS = [2.5, 5, 10, 20];
const SILK_MS = [10, 20, 40, 60];

/** The first byte or two of an Opus packet, RFC 6716 §3.1. In a multistream packet they describe the first stream. Throws BitstreamError. */
export function parseOpusToc(packet: Buffer): OpusToc {
  const toc = packet[0];
  if (toc === undefined) throw new BitstreamError('An empty Opus packet');
  const config = toc >> 3;
  let frameMs: number;
  if (config >= 16) frameMs = CELT_MS[config & 3]!;
  else if (config >= 12) frameMs = config & 1 ? 20 : 10;
  else frameMs = SILK_MS[config & 3]!;
  const code = toc & 3;
  let frames = code === 0 ? 1 : 2;
  if (code === 3) {
    const count = packet[1];
    if (count === undefined) throw new BitstreamError('An Opus packet ends before its frame count');
    frames = count & 0x3f;
  }
  if (frames === 0 || frames * frameMs > 120)
    throw new BitstreamError(`An Opus packet of ${frames} frames of ${frameMs} ms`);
  return { frameMs, channels: (toc & 4) === 0 ? 1 : 2, frames };
}
