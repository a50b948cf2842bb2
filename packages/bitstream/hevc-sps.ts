import { BitReader, unescapeRbsp } from './bits.ts';
import { type Colour, UNSPECIFIED } from './colour.ts';
import { BitstreamError } from './errors.ts';
import { readVuiColour } from './h264.ts';
import { HEVC_NAL, hevcNalType } from './hevc.ts';
import { MAX_PARAMETER_SET, MAX_PICTURE_SIDE } from './limits.ts';

export interface HevcSps {
  /** general_profile_space: 0 to 3. */
  profileSpace: number;
  /** general_profile_idc: 1 Main, 2 Main 10, 4 range extensions. */
  profile: number;
  /** general_profile_compatibility_flags as they are in the stream: the highest bit is that of profile 0. */
  compatibility: number;
  /** 0 Main, 1 High. */
  tier: number;
  /** general_level_idc: 30 times the level, 123 is 4.1. */
  level: number;
  /** The six bytes between compatibility flags and level. */
  constraints: Buffer;
  /** Luma samples after cropping. */
  width: number;
  height: number;
  colour: Colour;
}

/** Reads a sequence parameter set (NAL type 33, with its two header bytes). Throws BitstreamError. */
export function parseHevcSps(nal: Buffer): HevcSps {
  if (hevcNalType(nal) !== HEVC_NAL.sps) throw new BitstreamError('Not an HEVC SPS');
  if (nal.length > MAX_PARAMETER_SET) throw new BitstreamError(`An HEVC SPS of ${nal.length} bytes`);
  const reader = new BitReader(unescapeRbsp(nal, 2));
  reader.skip(4);
  const subLayers = reader.bits(3);
  reader.skip(1);
  const profileSpace = reader.bits(2);
  const tier = reader.bit();
  const profile = reader.bits(5);
  const compatibility = reader.bits(32);
  const constraints = Buffer.from(Array.from({ length: 6 }, () => reader.bits(8)));
  const level = reader.bits(8);
  skipSubLayers(reader, subLayers);
  reader.ue(); // id
  const { width, height } = readSize(reader);
  skipCoding(reader, subLayers);
  const colour = reader.flag() ? readVuiColour(reader) : UNSPECIFIED;
  return { profileSpace, profile, compatibility, tier, level, constraints, width, height, colour };
}

function skipSubLayers(reader: BitReader, subLayers: number): void {
  const present: { profile: boolean; level: boolean }[] = [];
  for (let i = 0; i < subLayers; i += 1) present.push({ profile: reader.flag(), level: reader.flag() });
  if (subLayers > 0) reader.skip(2 * (8 - subLayers));
  for (const layer of present) reader.skip((layer.profile ? 88 : 0) + (layer.level ? 8 : 0));
}

function readSize(reader: BitReader): { width: number; height: number } {
  const chromaFormat = reader.ue();
  if (chromaFormat > 3) throw new BitstreamError(`chroma_format_idc ${chromaFormat}`);
  if (chromaFormat === 3) reader.skip(1);
  let width = reader.ue();
  let height = reader.ue();
  if (width > MAX_PICTURE_SIDE || height > MAX_PICTURE_SIDE)
    throw new BitstreamError(`A picture of ${width}x${height}`);
  if (reader.flag()) {
    width -= (reader.ue() + reader.ue()) * (chromaFormat === 1 || chromaFormat === 2 ? 2 : 1);
    height -= (reader.ue() + reader.ue()) * (chromaFormat === 1 ? 2 : 1);
  }
  if (width <= 0 || height <= 0) throw new BitstreamError('A picture cropped to nothing');
  return { width, height };
}

/** Everything between the size and the VUI. */
function skipCoding(reader: BitReader, subLayers: number): void {
  reader.ue(); // bit depths
  reader.ue();
  const orderBits = reader.ue() + 4;
  if (orderBits > 16) throw new BitstreamError(`An HEVC picture order of ${orderBits} bits`);
  const layers = reader.flag() ? subLayers + 1 : 1;
  for (let i = 0; i < 3 * layers; i += 1) reader.ue();
  for (let i = 0; i < 6; i += 1) reader.ue(); // block sizes
  if (reader.flag() && reader.flag()) skipScalingLists(reader);
  reader.skip(2); // asymmetric partitions, sample adaptive offset
  if (reader.flag()) {
    reader.skip(8); // PCM
    reader.ue();
    reader.ue();
    reader.skip(1);
  }
  skipReferenceSets(reader);
  if (reader.flag()) {
    const count = reader.ue();
    if (count > 32) throw new BitstreamError(`${count} long-term reference pictures`);
    reader.skip(count * (orderBits + 1));
  }
  reader.skip(2); // temporal motion vectors, intra smoothing
}

function skipScalingLists(reader: BitReader): void {
  for (let size = 0; size < 4; size += 1) {
    for (let matrix = 0; matrix < 6; matrix += size === 3 ? 3 : 1) {
      if (!reader.flag()) {
        reader.ue();
        continue;
      }
      if (size > 1) reader.se();
      const coefficients = Math.min(64, 1 << (4 + 2 * size));
      for (let i = 0; i < coefficients; i += 1) reader.se();
    }
  }
}

/** Short-term reference picture sets, H.265 §7.3.7: each may be told as the difference to the one before. */
function skipReferenceSets(reader: BitReader): void {
  const sets = reader.ue();
  if (sets > 64) throw new BitstreamError(`${sets} reference picture sets`);
  let pictures = 0;
  for (let set = 0; set < sets; set += 1) pictures = skipReferenceSet(reader, set > 0, pictures);
}

/** Returns how many pictures it has. `before`: how many the set before it has. */
function skipReferenceSet(reader: BitReader, mayDiffer: boolean, before: number): number {
  if (mayDiffer && reader.flag()) {
    reader.skip(1);
    reader.ue();
    let pictures = 0;
    for (let i = 0; i <= before; i += 1) if (reader.flag() || reader.flag()) pictures += 1;
    return pictures;
  }
  const pictures = reader.ue() + reader.ue();
  if (pictures > 16) throw new BitstreamError(`A reference picture set of ${pictures} pictures`);
  for (let i = 0; i < pictures; i += 1) {
    reader.ue();
    reader.skip(1);
  }
  return pictures;
}
