import { H264_NAL, h264NalType, parseH264Sps, splitAnnexB } from '@moonshare/bitstream';
import type { AccessUnit } from '@moonshare/gamestream';
import type { OpenStream } from '../host-session/host-session.ts';
import type { StreamFormat } from '../viewer/transport.ts';

/** Bit 0 of `x-ss-general.featureFlags`: the host takes touch events (protocol/2 §4.2). */
const FEATURE_TOUCH = 0x01;

/** The format the host really sends: the settings of the stream and the contents of its first key frame. */
export function streamFormat({ stream, settings }: OpenStream, keyFrame: AccessUnit): StreamFormat {
  const { opus, audioPacketMs, featureFlags } = stream.session;
  return {
    codec: settings.codec,
    width: settings.width,
    height: settings.height,
    fps: settings.fps,
    profileLevelId: settings.codec === 'h264' ? profileLevelId(keyFrame.data) : null,
    tenBit: settings.tenBit,
    audio: opus,
    audioPacketMs,
    touch: (featureFlags & FEATURE_TOUCH) !== 0,
  };
}

/** Null if the frame has no readable SPS: engines then offer what all browsers support. */
function profileLevelId(data: Buffer): string | null {
  try {
    const sps = splitAnnexB(data).find((nal) => h264NalType(nal) === H264_NAL.sps);
    return sps === undefined ? null : parseH264Sps(sps).profileLevelId;
  } catch {
    return null;
  }
}
