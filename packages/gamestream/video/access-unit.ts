import type { VideoCodec } from '../types.ts';
import { VIDEO_HEADER } from './datagram.ts';

/** The part of the host's version that the frame header depends on. */
export interface HeaderVersion {
  parts: readonly [number, number, number, number];
  sunshine: boolean;
}

/** protocol/3 §2.5 */
export const FRAME_TYPE = { p: 1, idr: 2 };
export const SHORT_HEADER = 8;

export interface AssembledFrame {
  data: Buffer;
  keyFrame: boolean;
  hostLatency: number;
}

function atLeast(version: HeaderVersion, patch: number): boolean {
  const [major, minor, third] = version.parts;
  return major !== 7 ? major > 7 : minor !== 1 ? minor > 1 : third >= patch;
}

/** Length of the frame header by its first byte; null if unknown. Hosts below 7.1.431 are not supported. */
function headerLength(first: number, version: HeaderVersion): number | null {
  if (first === 0x01) return SHORT_HEADER;
  if (first !== 0x81) return null;
  if (atLeast(version, 450)) return 44;
  return atLeast(version, 446) ? 41 : 24;
}

/** How far into a frame to search for its first slice: parameter sets and SEI come before it. */
const SLICE_SEARCH = 16384;
const START_CODE = Buffer.from([0, 0, 1]);

/** protocol/3 §4.5 (4): judged by the first slice, which also works for hosts whose frame header does not say. */
function startsDecoding(codec: 'h264' | 'hevc', data: Buffer): boolean {
  const head = data.subarray(0, SLICE_SEARCH);
  for (let at = head.indexOf(START_CODE); at >= 0; at = head.indexOf(START_CODE, at + 3)) {
    const byte = head[at + 3];
    if (byte === undefined) return false;
    if (codec === 'h264') {
      const type = byte & 0x1f;
      if (type >= 1 && type <= 5) return type === 5;
    } else {
      const type = (byte >> 1) & 0x3f;
      if (type < 32) return type >= 16 && type <= 21;
    }
  }
  return false;
}

/**
 * Joins the data shards of a whole frame (all blocks, in order), removes the frame header and the padding,
 * protocol/3 §2.5, §2.6. Null if the frame cannot be used.
 */
export function assembleFrame(
  shards: readonly Buffer[],
  codec: VideoCodec,
  version: HeaderVersion,
): AssembledFrame | null {
  let total = 0;
  for (const shard of shards) total += shard.length - VIDEO_HEADER;
  const payload = Buffer.allocUnsafe(total);
  let at = 0;
  for (const shard of shards) at += shard.copy(payload, at, VIDEO_HEADER);

  const header = total < SHORT_HEADER ? null : headerLength(payload[0]!, version);
  if (header === null || total <= header) return null;
  const short = header === SHORT_HEADER;
  const frameType = short ? payload[3]! : 0;
  const lastLength = short ? payload.readUInt16LE(4) : 0;

  let end = total;
  const lastShard = shards[shards.length - 1]!.length - VIDEO_HEADER;
  const usable = lastLength >= 1 && lastLength <= lastShard && (shards.length > 1 || lastLength > header);
  if ((version.sunshine || codec === 'av1') && usable) end = total - lastShard + lastLength;
  else if (codec === 'av1') return null;
  else while (end > header && payload[end - 1] === 0) end -= 1;
  if (end <= header) return null;

  const data = payload.subarray(header, end);
  return {
    data,
    keyFrame: codec === 'av1' ? frameType === FRAME_TYPE.idr : startsDecoding(codec, data),
    hostLatency: short && version.sunshine ? payload.readUInt16LE(1) : 0,
  };
}
