import { BitReader, BitWriter, escapeRbsp, unescapeRbsp } from './bits.ts';
import { type Colour, UNSPECIFIED } from './colour.ts';
import { BitstreamError } from './errors.ts';
import { MAX_PARAMETER_SET, MAX_PICTURE_SIDE } from './limits.ts';

export const H264_NAL = {
  slice: 1,
  idr: 5,
  sei: 6,
  sps: 7,
  pps: 8,
  aud: 9,
  endOfSequence: 10,
  endOfStream: 11,
  filler: 12,
};

/** nal_unit_type; -1 for an empty unit. */
export function h264NalType(nal: Buffer): number {
  return nal.length === 0 ? -1 : nal[0]! & 0x1f;
}

export interface H264Sps {
  profileIdc: number;
  /** The byte between profile and level. */
  constraintFlags: number;
  levelIdc: number;
  /** The three bytes as SDP writes them: `64002a`. */
  profileLevelId: string;
  /** Luma samples after cropping. */
  width: number;
  height: number;
  maxNumRefFrames: number;
  /** null if the stream does not say, so that a decoder has to assume reordering. */
  maxNumReorderFrames: number | null;
  maxDecFrameBuffering: number | null;
  colour: Colour;
}

/** What the rewriter needs as well: where the VUI is, in bits of the RBSP. */
interface SpsLayout {
  sps: H264Sps;
  rbsp: Buffer;
  vuiPresent: boolean;
  /** Bit of `vui_parameters_present_flag`. */
  vuiFlagAt: number;
  /** Bit of `bitstream_restriction_flag`; -1 without VUI. */
  restrictionFlagAt: number;
}

const WITH_CHROMA_FORMAT = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

function skipScalingList(reader: BitReader, size: number): void {
  let last = 8;
  let next = 8;
  for (let i = 0; i < size; i += 1) {
    if (next !== 0) next = (last + reader.se() + 256) & 0xff;
    last = next === 0 ? last : next;
  }
}

function skipHrd(reader: BitReader): void {
  const count = reader.ue() + 1;
  if (count > 32) throw new BitstreamError('An SPS with more than 32 CPB entries');
  reader.skip(8);
  for (let i = 0; i < count; i += 1) {
    reader.ue();
    reader.ue();
    reader.skip(1);
  }
  reader.skip(20);
}

/** The beginning of a VUI, which H.264 and HEVC share: up to the colour description. */
export function readVuiColour(reader: BitReader): Colour {
  if (reader.flag() && reader.bits(8) === 255) reader.skip(32); // aspect ratio
  if (reader.flag()) reader.skip(1); // overscan
  if (!reader.flag()) return UNSPECIFIED;
  reader.skip(3); // video format
  const fullRange = reader.flag();
  if (!reader.flag()) return { ...UNSPECIFIED, fullRange };
  return { primaries: reader.bits(8), transfer: reader.bits(8), matrix: reader.bits(8), fullRange };
}

/** Reads the VUI up to the bitstream restriction; returns the position of its flag. */
function readVui(reader: BitReader): { colour: Colour; restrictionFlagAt: number } {
  const colour = readVuiColour(reader);
  if (reader.flag()) {
    reader.ue(); // chroma location
    reader.ue();
  }
  if (reader.flag()) reader.skip(65); // timing
  const nalHrd = reader.flag();
  if (nalHrd) skipHrd(reader);
  const vclHrd = reader.flag();
  if (vclHrd) skipHrd(reader);
  if (nalHrd || vclHrd) reader.skip(1);
  reader.skip(1); // pic_struct
  return { colour, restrictionFlagAt: reader.position };
}

function layoutSps(nal: Buffer): SpsLayout {
  if (h264NalType(nal) !== H264_NAL.sps) throw new BitstreamError('Not an H.264 SPS');
  if (nal.length < 4 || nal.length > MAX_PARAMETER_SET) throw new BitstreamError(`An H.264 SPS of ${nal.length} bytes`);
  const rbsp = unescapeRbsp(nal, 1);
  const reader = new BitReader(rbsp);
  const profileIdc = reader.bits(8);
  const constraintFlags = reader.bits(8);
  const levelIdc = reader.bits(8);
  reader.ue(); // id
  let chromaFormat = 1;
  if (WITH_CHROMA_FORMAT.has(profileIdc)) {
    chromaFormat = reader.ue();
    if (chromaFormat > 3) throw new BitstreamError(`chroma_format_idc ${chromaFormat}`);
    if (chromaFormat === 3) reader.skip(1);
    reader.ue(); // bit depths
    reader.ue();
    reader.skip(1);
    if (reader.flag()) {
      for (let i = 0; i < (chromaFormat === 3 ? 12 : 8); i += 1) {
        if (reader.flag()) skipScalingList(reader, i < 6 ? 16 : 64);
      }
    }
  }
  reader.ue(); // log2_max_frame_num
  const orderType = reader.ue();
  if (orderType === 0) reader.ue();
  else if (orderType === 1) {
    reader.skip(1);
    reader.se();
    reader.se();
    const cycle = reader.ue();
    if (cycle > 255) throw new BitstreamError(`num_ref_frames_in_pic_order_cnt_cycle ${cycle}`);
    for (let i = 0; i < cycle; i += 1) reader.se();
  } else if (orderType !== 2) throw new BitstreamError(`pic_order_cnt_type ${orderType}`);
  const maxNumRefFrames = reader.ue();
  reader.skip(1);
  const mbWidth = reader.ue() + 1;
  const mapHeight = reader.ue() + 1;
  const frameMbsOnly = reader.flag();
  if (!frameMbsOnly) reader.skip(1);
  reader.skip(1);
  let width = mbWidth * 16;
  let height = mapHeight * 16 * (frameMbsOnly ? 1 : 2);
  if (width > MAX_PICTURE_SIDE || height > MAX_PICTURE_SIDE)
    throw new BitstreamError(`A picture of ${width}x${height}`);
  if (reader.flag()) {
    const unitX = chromaFormat === 1 || chromaFormat === 2 ? 2 : 1;
    const unitY = (chromaFormat === 1 ? 2 : 1) * (frameMbsOnly ? 1 : 2);
    width -= (reader.ue() + reader.ue()) * unitX;
    height -= (reader.ue() + reader.ue()) * unitY;
    if (width <= 0 || height <= 0) throw new BitstreamError('A picture cropped to nothing');
  }
  const vuiFlagAt = reader.position;
  const vuiPresent = reader.flag();
  let restrictionFlagAt = -1;
  let maxNumReorderFrames: number | null = null;
  let maxDecFrameBuffering: number | null = null;
  let colour = UNSPECIFIED;
  if (vuiPresent) {
    ({ colour, restrictionFlagAt } = readVui(reader));
    if (reader.flag()) {
      reader.skip(1);
      for (let i = 0; i < 4; i += 1) reader.ue();
      maxNumReorderFrames = reader.ue();
      maxDecFrameBuffering = reader.ue();
    }
  }
  const sps: H264Sps = {
    profileIdc,
    constraintFlags,
    levelIdc,
    profileLevelId: nal.toString('hex', 1, 4),
    width,
    height,
    maxNumRefFrames,
    maxNumReorderFrames,
    maxDecFrameBuffering,
    colour,
  };
  return { sps, rbsp, vuiPresent, vuiFlagAt, restrictionFlagAt };
}

/** Reads a sequence parameter set (NAL type 7, with its header byte). Throws BitstreamError. */
export function parseH264Sps(nal: Buffer): H264Sps {
  return layoutSps(nal).sps;
}

/**
 * The same SPS, but ruling out reordering (max_num_reorder_frames 0) so that decoders hold no pictures back: protocol/3 §5.1.
 * No GameStream host sends B frames. An SPS that already rules it out is returned unchanged. Throws BitstreamError.
 */
export function rewriteH264Sps(nal: Buffer): Buffer {
  const { sps, rbsp, vuiPresent, vuiFlagAt, restrictionFlagAt } = layoutSps(nal);
  if (sps.maxNumReorderFrames === 0) return nal;
  const writer = new BitWriter();
  const reader = new BitReader(rbsp);
  const kept = vuiPresent ? restrictionFlagAt : vuiFlagAt;
  for (let i = 0; i < kept; i += 1) writer.bit(reader.bit());
  // A VUI with nothing before the restriction: its own flag, then eight zeros.
  if (!vuiPresent) writer.bits(0x100, 9);
  writer.bit(1); // bitstream_restriction_flag
  writer.bit(1); // motion_vectors_over_pic_boundaries_flag
  writer.ue(2); // max_bytes_per_pic_denom
  writer.ue(1); // max_bits_per_mb_denom
  writer.ue(16); // motion vector lengths
  writer.ue(16);
  writer.ue(0); // max_num_reorder_frames
  writer.ue(sps.maxNumRefFrames); // max_dec_frame_buffering
  return escapeRbsp(nal.subarray(0, 1), writer.finish());
}
