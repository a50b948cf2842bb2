export { splitAnnexB } from './annexb.ts';
export { BitstreamError } from './errors.ts';
export { H264_NAL, type H264Sps, h264NalType, parseH264Sps, rewriteH264Sps } from './h264.ts';
export { HEVC_NAL, hevcNalType } from './hevc.ts';
export { isKeyFrame, type VideoCodec } from './key-frame.ts';
export {
  OBU,
  type Obu,
  readLeb128,
  splitObus,
  writeLeb128,
} from './obu.ts';
export { splitOpusStreams } from './opus-multistream.ts';
export { ParameterSets } from './parameter-sets.ts';
