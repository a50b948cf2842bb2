import type { VideoConfiguration } from '@moonshare/contract/browser';
import { type Coding, nalType } from './access-unit.ts';
import { box, join, u8, u16, u32, zeros } from './box.ts';
import { sampleEntry } from './segments.ts';

/** The sample entry of a picture; null if the codec string is not understood. */
export function videoEntry(
  coding: Coding,
  { codec, width, height }: VideoConfiguration,
  parameterSets: readonly Uint8Array[],
): Uint8Array | null {
  const configuration = CONFIGURATIONS[coding](codec, parameterSets);
  if (configuration === null) return null;
  return sampleEntry(
    codec.slice(0, 4),
    zeros(16),
    u16(width, height),
    // 72 dpi, one frame in each sample, no name, 24 bits.
    u32(0x48_0000, 0x48_0000, 0),
    u16(1),
    zeros(32),
    u16(24, 0xffff),
    configuration,
  );
}

type Configure = (codec: string, parameterSets: readonly Uint8Array[]) => Uint8Array | null;

const CONFIGURATIONS: Readonly<Record<Coding, Configure>> = { h264: avcC, hevc: hvcC, av1: av1C };

const H264_SPS = 7;
/** Profiles whose configuration goes on: chroma format and bit depth. */
const HIGH = 100;
const HIGH_10 = 110;
const HIGH_444 = 244;

/** ISO/IEC 14496-15 §5.3.3. `avc1.64002a`: profile, constraints, level. */
function avcC(codec: string, parameterSets: readonly Uint8Array[]): Uint8Array | null {
  const [, hex] = /^avc1\.([0-9a-f]{6})$/i.exec(codec) ?? [];
  if (hex === undefined) return null;
  const profile = Number.parseInt(hex, 16);
  const idc = profile >> 16;
  const isSps = (nal: Uint8Array): boolean => nalType('h264', nal) === H264_SPS;
  const sps = parameterSets.filter(isSps);
  const pps = parameterSets.filter((nal) => !isSps(nal));
  const depth = idc === HIGH_10 ? 2 : 0;
  const more = idc < HIGH ? [] : [u8(0xfc | (idc === HIGH_444 ? 3 : 1), 0xf8 | depth, 0xf8 | depth, 0)];
  return box(
    'avcC',
    u8(1, idc, (profile >> 8) & 0xff, profile & 0xff, 0xff, 0xe0 | sps.length),
    ...sps.map(sized),
    u8(pps.length),
    ...pps.map(sized),
    ...more,
  );
}

const HEVC_MAIN_10 = 2;

/** ISO/IEC 14496-15 §8.3.3. `hvc1.1.6.L120.B0`: profile, compatibility (bits in reverse), tier and level, constraints. */
function hvcC(codec: string, parameterSets: readonly Uint8Array[]): Uint8Array | null {
  const [, space = '', idc, compatibility, tier, level, constraints = ''] =
    /^hvc1\.([ABC]?)(\d+)\.([0-9a-f]+)\.([LH])(\d+)((?:\.[0-9a-f]+)*)$/i.exec(codec) ?? [];
  if (idc === undefined || compatibility === undefined || level === undefined) return null;
  const profile = (' ABC'.indexOf(space || ' ') << 6) | (tier === 'H' ? 0x20 : 0) | Number(idc);
  const bytes = constraints.split('.').slice(1, 7);
  const depth = Number(idc) === HEVC_MAIN_10 ? 2 : 0;
  const types = [...new Set(parameterSets.map((nal) => nalType('hevc', nal)))];
  const arrays = types.map((type) => {
    const units = parameterSets.filter((nal) => nalType('hevc', nal) === type);
    return join([u8(0x80 | type), u16(units.length), ...units.map(sized)]);
  });
  return box(
    'hvcC',
    u8(1, profile),
    u32(reversed(Number.parseInt(compatibility, 16))),
    Uint8Array.from({ length: 6 }, (_, index) => Number.parseInt(bytes[index] ?? '0', 16)),
    u8(Number(level)),
    // Nothing is known about slices or the frame rate; 4:2:0, one layer, lengths of four bytes.
    u16(0xf000),
    u8(0xfc, 0xfd, 0xf8 | depth, 0xf8 | depth),
    u16(0),
    u8(0x0f, arrays.length),
    ...arrays,
  );
}

function reversed(bits: number): number {
  let result = 0;
  for (let bit = 0; bit < 32; bit += 1) if ((bits >>> bit) & 1) result |= 1 << (31 - bit);
  return result >>> 0;
}

/** AV1 in ISO BMFF §2.3. `av01.0.08M.08`: profile, level and tier, bit depth. */
function av1C(codec: string, sequenceHeaders: readonly Uint8Array[]): Uint8Array | null {
  const [, profile, level, tier, depth] = /^av01\.(\d)\.(\d\d)([MH])\.(\d\d)/.exec(codec) ?? [];
  if (profile === undefined || level === undefined) return null;
  const subsampled = profile === '1' ? 0 : 0b1100;
  const bits = (tier === 'H' ? 0x80 : 0) | (depth === '08' ? 0 : 0x40) | (depth === '12' ? 0x20 : 0) | subsampled;
  return box('av1C', u8(0x81, (Number(profile) << 5) | Number(level), bits, 0), ...sequenceHeaders.slice(0, 1));
}

function sized(nal: Uint8Array): Uint8Array {
  return join([u16(nal.length), nal]);
}
