import { OBU, writeLeb128 } from '@moonshare/bitstream';
import type { VideoCodec } from '@moonshare/gamestream';

/** May follow a slice any number of times, H.264 §7.4.2.10 and HEVC §7.4.7.1. */
const CABAC_ZERO_WORD = Buffer.of(0, 0, 3);
/** AV1 §6.7.1: unregistered, for private use. */
const PRIVATE_METADATA = 31;

/** Pads a frame to at least this many bytes without changing its picture: like one of a larger picture, full of detail. */
export function enlarged(codec: VideoCodec, data: Buffer, bytes: number): Buffer {
  const more = bytes - data.length;
  if (more <= 0) return data;
  if (codec !== 'av1') return Buffer.concat([data, Buffer.alloc(Math.ceil(more / 3) * 3, CABAC_ZERO_WORD)]);
  const metadata = Buffer.alloc(more, 0x80);
  metadata[0] = PRIVATE_METADATA;
  return Buffer.concat([data, Buffer.of((OBU.metadata << 3) | 2), writeLeb128(more), metadata]);
}
