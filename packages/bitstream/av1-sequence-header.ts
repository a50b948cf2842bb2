import { BitReader } from './bits.ts';
import { type Colour, UNSPECIFIED } from './colour.ts';
import { BitstreamError } from './errors.ts';
import { OBU, type Obu } from './obu.ts';

/** Numbers of H.273 that make samples red, green and blue: their range is full. */
const SRGB = { primaries: 1, transfer: 13, matrix: 0 };

export interface Av1SequenceHeader {
  /** seq_profile: 0 Main, 1 High, 2 Professional. */
  profile: number;
  /** seq_level_idx of the first operating point: 8 is 4.0. */
  level: number;
  tier: number;
  /** Bits per sample. */
  bitDepth: number;
  /** Largest frame size. */
  width: number;
  height: number;
  colour: Colour;
}

/** Reads a sequence header OBU. Throws BitstreamError. */
export function parseAv1SequenceHeader(obu: Obu): Av1SequenceHeader {
  if (obu.type !== OBU.sequenceHeader) throw new BitstreamError('Not an AV1 sequence header');
  const reader = new BitReader(obu.payload);
  const profile = reader.bits(3);
  reader.skip(1); // still picture
  const isReduced = reader.flag();
  const { level, tier } = isReduced ? { level: reader.bits(5), tier: 0 } : readOperatingPoints(reader);
  const widthBits = reader.bits(4) + 1;
  const heightBits = reader.bits(4) + 1;
  const width = reader.bits(widthBits) + 1;
  const height = reader.bits(heightBits) + 1;
  if (!isReduced && reader.flag()) reader.skip(7); // frame ids
  skipTools(reader, isReduced);
  return { profile, level, tier, width, height, ...readColour(reader, profile) };
}

/** Level and tier of the first. */
function readOperatingPoints(reader: BitReader): { level: number; tier: number } {
  let delayLength = 0; // of the decoder model, 0 without one
  if (reader.flag()) {
    reader.skip(64);
    if (reader.flag()) reader.ue();
    if (reader.flag()) {
      delayLength = reader.bits(5) + 1;
      reader.skip(32 + 5 + 5);
    }
  }
  const hasDisplayDelay = reader.flag();
  const points = reader.bits(5) + 1;
  const first = { level: 0, tier: 0 };
  for (let i = 0; i < points; i += 1) {
    reader.skip(12);
    const level = reader.bits(5);
    const tier = level > 7 ? reader.bit() : 0;
    if (i === 0) Object.assign(first, { level, tier });
    if (delayLength > 0 && reader.flag()) reader.skip(2 * delayLength + 1);
    if (hasDisplayDelay && reader.flag()) reader.skip(4);
  }
  return first;
}

function skipTools(reader: BitReader, isReduced: boolean): void {
  reader.skip(3); // superblocks, filters
  if (!isReduced) {
    reader.skip(4);
    const hasOrderHint = reader.flag();
    if (hasOrderHint) reader.skip(2);
    // Screen content tools: chosen by each frame, or here; then whether motion vectors are whole.
    if (reader.flag() || reader.flag()) if (!reader.flag()) reader.skip(1);
    if (hasOrderHint) reader.skip(3);
  }
  reader.skip(3); // super-resolution, CDEF, restoration
}

function readColour(reader: BitReader, profile: number): { bitDepth: number; colour: Colour } {
  const isHigh = reader.flag();
  const bitDepth = !isHigh ? 8 : profile === 2 && reader.flag() ? 12 : 10;
  const isGrey = profile !== 1 && reader.flag();
  const { primaries, transfer, matrix } = reader.flag()
    ? { primaries: reader.bits(8), transfer: reader.bits(8), matrix: reader.bits(8) }
    : UNSPECIFIED;
  const isRgb = primaries === SRGB.primaries && transfer === SRGB.transfer && matrix === SRGB.matrix;
  return { bitDepth, colour: { primaries, transfer, matrix, fullRange: (!isGrey && isRgb) || reader.flag() } };
}
