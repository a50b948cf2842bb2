export { splitAnnexB } from './annexb.ts';
export type { VideoCodec } from './codec.ts';
export { BitstreamError } from './errors.ts';
export { H264_NAL, type H264Sps, h264NalType, parseH264Sps } from './h264.ts';
export { HEVC_NAL, hevcNalType } from './hevc.ts';
export { isKeyFrame } from './key-frame.ts';
export { OBU, type Obu, readLeb128, splitObus, writeLeb128 } from './obu.ts';
