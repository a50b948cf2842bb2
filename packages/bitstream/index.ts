export { splitAnnexB } from './annexb.ts';
export { BitstreamError } from './errors.ts';
export { H264_NAL, type H264Sps, h264NalType, parseH264Sps, rewriteH264Sps } from './h264.ts';
export { HEVC_NAL, type HevcSps, hevcNalType, parseHevcSps } from './hevc.ts';
export { isKeyFrame, type VideoCodec } from './key-frame.ts';
export {
  type Av1SequenceHeader,
  OBU,
  type Obu,
  parseAv1SequenceHeader,
  readLeb128,
  splitObus,
  writeLeb128,
} from './obu.ts';
export { type OpusToc, parseOpusToc } from './opus.ts';
export { splitOpusStreams } from './opus-multistream.ts';
export { ParameterSets } from './parameter-sets.ts';
