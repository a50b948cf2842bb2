import { BitstreamError } from './errors.ts';
import { MAX_OBUS } from './limits.ts';

export const OBU = {
  sequenceHeader: 1,
  temporalDelimiter: 2,
  frameHeader: 3,
  tileGroup: 4,
  metadata: 5,
  frame: 6,
  redundantFrameHeader: 7,
  tileList: 8,
  padding: 15,
};

export interface Obu {
  type: number;
  /** The extension byte, if there is one. */
  extension: number | null;
  /** Without header and size field; shares the memory of the input. */
  payload: Buffer;
}

/** Unsigned leb128 of at most 8 bytes, protocol/3 §10. Throws BitstreamError. */
export function readLeb128(data: Buffer, offset: number): { value: number; length: number } {
  let value = 0;
  for (let i = 0; i < 8; i += 1) {
    const byte = data[offset + i];
    if (byte === undefined) throw new BitstreamError('A leb128 number ends too early');
    value += (byte & 0x7f) * 2 ** (7 * i);
    if ((byte & 0x80) === 0) {
      if (value > 0xffffffff) throw new BitstreamError('A leb128 number above 32 bits');
      return { value, length: i + 1 };
    }
  }
  throw new BitstreamError('A leb128 number longer than 8 bytes');
}

/** Unsigned leb128, shortest form. `value` is below 2^32. */
export function writeLeb128(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return Buffer.from(bytes);
}

/** The OBUs of a temporal unit in the low-overhead format (only the last may lack a size). Throws BitstreamError. */
export function splitObus(data: Buffer): Obu[] {
  const obus: Obu[] = [];
  let at = 0;
  while (at < data.length) {
    if (obus.length === MAX_OBUS) throw new BitstreamError(`A temporal unit with more than ${MAX_OBUS} OBUs`);
    const header = data[at]!;
    if ((header & 0x80) !== 0) throw new BitstreamError('An OBU with the forbidden bit');
    at += 1;
    let extension: number | null = null;
    if ((header & 0x04) !== 0) {
      const byte = data[at];
      if (byte === undefined) throw new BitstreamError('An OBU header ends too early');
      extension = byte;
      at += 1;
    }
    let size = data.length - at;
    if ((header & 0x02) !== 0) {
      const leb = readLeb128(data, at);
      at += leb.length;
      if (leb.value > data.length - at) throw new BitstreamError('An OBU longer than its temporal unit');
      size = leb.value;
    }
    obus.push({ type: (header >> 3) & 0x0f, extension, payload: data.subarray(at, at + size) });
    at += size;
  }
  return obus;
}
