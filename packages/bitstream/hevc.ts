import { BitReader, unescapeRbsp } from './bits.ts';
import { BitstreamError } from './errors.ts';
import { MAX_PARAMETER_SET, MAX_PICTURE_SIDE } from './limits.ts';

export const HEVC_NAL = {
  vps: 32,
  sps: 33,
  pps: 34,
  aud: 35,
  endOfSequence: 36,
  endOfStream: 37,
  filler: 38,
  seiPrefix: 39,
  seiSuffix: 40,
};

/** nal_unit_type; -1 for an empty unit. */
export function hevcNalType(nal: Buffer): number {
  return nal.length === 0 ? -1 : (nal[0]! >> 1) & 0x3f;
}

/** Slices are types 0 to 31; pictures that can be decoded without an earlier one are 16 to 21 (IDR, CRA, BLA). */
export function isHevcKeyType(type: number): boolean {
  return type >= 16 && type <= 21;
}

export interface HevcSps {
  /** general_profile_idc: 1 Main, 2 Main 10, 4 range extensions. */
  profile: number;
  /** 0 Main, 1 High. */
  tier: number;
  /** general_level_idc: 30 times the level, 123 is 4.1. */
  level: number;
  /** Luma samples after cropping. */
  width: number;
  height: number;
}

/** Reads a sequence parameter set (NAL type 33, with its two header bytes). Throws BitstreamError. */
export function parseHevcSps(nal: Buffer): HevcSps {
  if (hevcNalType(nal) !== HEVC_NAL.sps) throw new BitstreamError('Not an HEVC SPS');
  if (nal.length > MAX_PARAMETER_SET) throw new BitstreamError(`An HEVC SPS of ${nal.length} bytes`);
  const reader = new BitReader(unescapeRbsp(nal, 2));
  reader.skip(4);
  const subLayers = reader.bits(3);
  reader.skip(1);
  reader.skip(2); // profile space
  const tier = reader.bit();
  const profile = reader.bits(5);
  reader.skip(32 + 48);
  const level = reader.bits(8);
  const present: { profile: boolean; level: boolean }[] = [];
  for (let i = 0; i < subLayers; i += 1) present.push({ profile: reader.flag(), level: reader.flag() });
  if (subLayers > 0) reader.skip(2 * (8 - subLayers));
  for (const layer of present) reader.skip((layer.profile ? 88 : 0) + (layer.level ? 8 : 0));
  reader.ue(); // id
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
  return { profile, tier, level, width, height };
}
