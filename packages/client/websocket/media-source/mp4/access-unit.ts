import { join, u32 } from './box.ts';

/** How pictures are coded, by their RFC 6381 string; null: not in a way that is known here. */
export type Coding = 'h264' | 'hevc' | 'av1';

export function codingOf(codec: string): Coding | null {
  if (codec.startsWith('avc1.')) return 'h264';
  if (codec.startsWith('hvc1.')) return 'hevc';
  return codec.startsWith('av01.') ? 'av1' : null;
}

/** An access unit as MP4 files have it. */
export interface AccessUnit {
  /** What decoders need to know beforehand: parameter sets, or the sequence header. Empty except in key frames. */
  parameterSets: readonly Uint8Array[];
  /** Without them. */
  sample: Uint8Array;
}

/** `data` as it comes over a media socket (protocol/6 §2). */
export function readAccessUnit(coding: Coding, data: Uint8Array): AccessUnit {
  return coding === 'av1' ? readTemporalUnit(data) : readNalUnits(coding, data);
}

export function nalType(coding: 'h264' | 'hevc', nal: Uint8Array): number {
  const [first = 0] = nal;
  return coding === 'h264' ? first & 0x1f : (first >> 1) & 0x3f;
}

/** Types of NAL units: parameter sets, and the delimiter, which MP4 files do not have. */
const NAL = {
  h264: { parameterSets: [7, 8], delimiter: 9 },
  hevc: { parameterSets: [32, 33, 34], delimiter: 35 },
} as const;

function readNalUnits(coding: 'h264' | 'hevc', data: Uint8Array): AccessUnit {
  const types = NAL[coding];
  const parameterSets: Uint8Array[] = [];
  const sample: Uint8Array[] = [];
  for (const nal of splitAnnexB(data)) {
    const type = nalType(coding, nal);
    if ((types.parameterSets as readonly number[]).includes(type)) parameterSets.push(nal);
    else if (type !== types.delimiter) sample.push(u32(nal.length), nal);
  }
  return { parameterSets, sample: join(sample) };
}

/** The NAL units between start codes, without trailing zeros; they share the memory of `data`. */
function* splitAnnexB(data: Uint8Array): Generator<Uint8Array> {
  let begin = afterStartCode(data, 0);
  while (begin < data.length) {
    const next = afterStartCode(data, begin);
    let end = next === Number.POSITIVE_INFINITY ? data.length : next - 3;
    while (end > begin && data[end - 1] === 0) end -= 1;
    if (end > begin) yield data.subarray(begin, end);
    begin = next;
  }
}

/** Infinity: there is none. */
function afterStartCode(data: Uint8Array, from: number): number {
  for (let at = data.indexOf(1, from + 2); at !== -1; at = data.indexOf(1, at + 1))
    if (data[at - 1] === 0 && data[at - 2] === 0) return at + 1;
  return Number.POSITIVE_INFINITY;
}

const OBU = { sequenceHeader: 1, temporalDelimiter: 2 };

function readTemporalUnit(data: Uint8Array): AccessUnit {
  const parameterSets: Uint8Array[] = [];
  const sample: Uint8Array[] = [];
  for (const obu of splitObus(data)) {
    const type = (obu[0]! >> 3) & 0xf;
    if (type === OBU.sequenceHeader) parameterSets.push(obu);
    if (type !== OBU.temporalDelimiter) sample.push(obu);
  }
  return { parameterSets, sample: join(sample) };
}

/** The sized OBUs of a temporal unit; what follows after one without a size, or beyond the end, is one more. */
function* splitObus(data: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < data.length; ) {
    const header = data[at]!;
    const hasSize = (header & 2) !== 0;
    const size = hasSize ? leb128(data, at + ((header & 4) === 0 ? 1 : 2)) : null;
    const end = size === null ? data.length : Math.min(data.length, size.end + size.value);
    yield data.subarray(at, end);
    at = end;
  }
}

function leb128(data: Uint8Array, from: number): { value: number; end: number } {
  let value = 0;
  for (let index = 0; index < 8; index += 1) {
    const byte = data[from + index] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if ((byte & 0x80) === 0) return { value, end: from + index + 1 };
  }
  return { value, end: from + 8 };
}
