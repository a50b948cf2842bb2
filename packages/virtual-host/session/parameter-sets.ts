import { H264_NAL, HEVC_NAL, h264NalType, hevcNalType, splitAnnexB } from '@moonshare/bitstream';
import type { VideoCodec } from '@moonshare/gamestream';

const START_CODE = Buffer.from([0, 0, 0, 1]);

/** A picture as sent by a host that gives its parameter sets only once. */
export function withoutParameterSets(codec: VideoCodec, picture: Buffer): Buffer {
  if (codec === 'av1') return picture;
  const rest = splitAnnexB(picture).filter((nal) => !isParameterSet(codec, nal));
  return Buffer.concat(rest.flatMap((nal) => [START_CODE, nal]));
}

function isParameterSet(codec: 'h264' | 'hevc', nal: Buffer): boolean {
  if (codec === 'h264') {
    const type = h264NalType(nal);
    return type === H264_NAL.sps || type === H264_NAL.pps;
  }
  const type = hevcNalType(nal);
  return type === HEVC_NAL.vps || type === HEVC_NAL.sps || type === HEVC_NAL.pps;
}
