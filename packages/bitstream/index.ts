export { splitAnnexB } from './annexb.ts';
export type { Colour } from './colour.ts';
export { BitstreamError } from './errors.ts';
export { H264_NAL, type H264Sps, h264NalType, parseH264Sps } from './h264.ts';
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
export { keyFrameWithoutReordering, withoutReordering } from './reordering.ts';
export { describeKeyFrame, type StreamDescription } from './stream-description.ts';
