import type { Announcement } from '@moonshare/gamestream';
import { MIN_HEIGHT, MIN_WIDTH } from '../picture/layout.ts';
import type { EncryptionMode, RtspProfile } from './rtsp-profile.ts';

const MAX_WIDTH = 3840;
const MAX_HEIGHT = 2160;
/** More would overflow the FEC percentage of small blocks, protocol/3 §2.8. */
const MAX_MIN_PARITY = 2;

/** What the client requests, or how this host refuses it: 400 for what it does not offer, 403 for missing encryption. */
export function readAnnounce(
  body: string,
  read: RtspProfile['readAnnounce'],
  encryption: EncryptionMode,
): Announcement | { code: number; reason: string } {
  let asked: Announcement;
  try {
    asked = read(body);
  } catch {
    return { code: 400, reason: 'BAD REQUEST' };
  }
  if (!isOffered(asked)) return { code: 400, reason: 'BAD REQUEST' };
  const { controlV2, video, audio } = asked.encryption;
  if (encryption === 'required' && !(controlV2 && video && audio)) return { code: 403, reason: 'Forbidden' };
  return { ...asked, minFecPackets: Math.min(asked.minFecPackets, MAX_MIN_PARITY) };
}

/** 8-bit 4:2:0 in a size that can be drawn, an odd width included, and no high-quality surround: anything else was not offered. */
function isOffered(asked: Announcement): boolean {
  const { width, height } = asked;
  return (
    !asked.tenBit &&
    !asked.yuv444 &&
    !(asked.highQualityAudio && asked.audioChannels > 2) &&
    width >= MIN_WIDTH &&
    width <= MAX_WIDTH &&
    height >= MIN_HEIGHT &&
    height <= MAX_HEIGHT &&
    height % 2 === 0
  );
}
