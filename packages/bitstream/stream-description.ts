import { endOfUnit, nalOffsets } from './annexb.ts';
import { parseAv1SequenceHeader } from './av1-sequence-header.ts';
import type { Colour } from './colour.ts';
import { BitstreamError } from './errors.ts';
import { H264_NAL, h264NalType, parseH264Sps } from './h264.ts';
import { HEVC_NAL, hevcNalType } from './hevc.ts';
import { type HevcSps, parseHevcSps } from './hevc-sps.ts';
import type { VideoCodec } from './key-frame.ts';
import { OBU, splitObus } from './obu.ts';

/** What a decoder is configured with. */
export interface StreamDescription {
  /** RFC 6381: `avc1.64002a`, `hvc1.1.6.L120.B0`, `av01.0.08M.08`. */
  codec: string;
  /** Pixels after cropping. */
  width: number;
  height: number;
  colour: Colour;
}

/** Reads the parameter sets of a key frame (Annex B, or an AV1 temporal unit). Throws BitstreamError if it has none. */
export function describeKeyFrame(codec: VideoCodec, keyFrame: Buffer): StreamDescription {
  switch (codec) {
    case 'h264': {
      const sps = parseH264Sps(parameterSet(keyFrame, (nal) => h264NalType(nal) === H264_NAL.sps));
      return { codec: `avc1.${sps.profileLevelId}`, width: sps.width, height: sps.height, colour: sps.colour };
    }
    case 'hevc': {
      const sps = parseHevcSps(parameterSet(keyFrame, (nal) => hevcNalType(nal) === HEVC_NAL.sps));
      return { codec: hevcCodec(sps), width: sps.width, height: sps.height, colour: sps.colour };
    }
    case 'av1':
      return describeAv1(keyFrame);
  }
}

/** Found without looking at the pictures, which are large: it comes first. */
function parameterSet(keyFrame: Buffer, isWanted: (nal: Buffer) => boolean): Buffer {
  let from: number | null = null;
  for (const at of nalOffsets(keyFrame)) {
    if (from !== null) return keyFrame.subarray(from, endOfUnit(keyFrame, from, at - 3));
    if (isWanted(keyFrame.subarray(at, at + 1))) from = at;
  }
  throw new BitstreamError('A key frame without an SPS before its picture');
}

/** ISO/IEC 14496-15, annex E: compatibility flags in reverse, and the constraint bytes without zeros at their end. */
function hevcCodec({ profileSpace, profile, compatibility, tier, level, constraints }: HevcSps): string {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit += 1) if ((compatibility >>> bit) & 1) reversed += 2 ** (31 - bit);
  const used = constraints.findLastIndex((byte) => byte !== 0) + 1;
  const bytes = [...constraints.subarray(0, used)].map((byte) => `.${byte.toString(16).toUpperCase()}`);
  const space = ['', 'A', 'B', 'C'][profileSpace];
  const tierAndLevel = `${tier === 0 ? 'L' : 'H'}${level}`;
  return `hvc1.${space}${profile}.${reversed.toString(16).toUpperCase()}.${tierAndLevel}${bytes.join('')}`;
}

/** AV1 Codec ISO Media File Format Binding, §5. The rest of the string is optional, and decoders read it from the stream. */
function describeAv1(keyFrame: Buffer): StreamDescription {
  const obu = splitObus(keyFrame).find(({ type }) => type === OBU.sequenceHeader);
  if (obu === undefined) throw new BitstreamError('A key frame without a sequence header');
  const { profile, level, tier, bitDepth, width, height, colour } = parseAv1SequenceHeader(obu);
  const twoDigits = (value: number) => String(value).padStart(2, '0');
  const codec = `av01.${profile}.${twoDigits(level)}${tier === 0 ? 'M' : 'H'}.${twoDigits(bitDepth)}`;
  return { codec, width, height, colour };
}
