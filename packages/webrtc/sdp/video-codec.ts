import type { MediaFormat } from './media-format.ts';
import type { SdpCodec } from './parse.ts';
import type { WrittenCodec } from './write.ts';

export const TRANSPORT_FEEDBACK = 'transport-cc';
const FEEDBACK = ['nack', 'nack pli', 'ccm fir', 'goog-remb'] as const;

/** What the stack can do beyond RTP and NACK. */
export interface VideoAbilities {
  /** Numbers packets across streams, and makes an estimate of the feedback. */
  transportNumbers: boolean;
  /** Resends in a stream of their own (RFC 4588). */
  rtx: boolean;
}

/** Assumed for unknown parameter sets: most encoders write High. */
const ASSUMED_PROFILE = '64001f';

/** The browser's codec for this stream, as we write it back; null: none. */
export function chooseVideo(
  offered: readonly SdpCodec[],
  format: MediaFormat,
  can: VideoAbilities,
): WrittenCodec | null {
  const codec = pick(offered, format);
  if (codec === undefined) return null;
  return {
    payloadType: codec.payloadType,
    rtpmap: `${codec.name}/${codec.clockRate}`,
    fmtp: answeredParameters(codec, format),
    feedback: feedbackOf(can).filter((line) => codec.feedback.includes(line)),
    rtxPayloadType: can.rtx ? rtxFor(offered, codec.payloadType) : null,
  };
}

/** The codecs in an offer of ours; the browser keeps those it can play, and the first of these is used. */
export function offerVideo(format: MediaFormat, can: VideoAbilities): WrittenCodec[] {
  switch (format.codec) {
    case 'h264': {
      const real = format.profileLevelId ?? ASSUMED_PROFILE;
      // Browsers refuse profiles they do not list, although their decoders play High under the name of a lower one.
      const profiles = [real, '640c1f', '64001f', '4d001f', '42e01f', '42001f', 'f4001f'];
      const distinct = profiles.filter(
        (profile, index) => profiles.findIndex((other) => sameProfile(other, profile)) === index,
      );
      return distinct.map((profile, index) =>
        written([100 + index, 120 + index], 'H264', h264Parameters(profile), can),
      );
    }
    case 'hevc':
      return [written([116, 117], 'H265', hevcParameters(format), can)];
    case 'av1':
      return [written([118, 119], 'AV1', 'profile=0', can)];
  }
}

/** Payload types of the codec and of its resends: 96 and more, as 64 to 95 look like RTCP (RFC 5761 §4). */
function written([payloadType, rtx]: [number, number], name: string, fmtp: string, can: VideoAbilities): WrittenCodec {
  const rtxPayloadType = can.rtx ? rtx : null;
  return { payloadType, rtpmap: `${name}/90000`, fmtp, feedback: feedbackOf(can), rtxPayloadType };
}

function feedbackOf({ transportNumbers }: VideoAbilities): string[] {
  return transportNumbers ? [...FEEDBACK, TRANSPORT_FEEDBACK] : [...FEEDBACK];
}

function rtxFor(offered: readonly SdpCodec[], payloadType: number): number | null {
  const rtx = offered.find(
    ({ name, parameters }) => name.toLowerCase() === 'rtx' && parameters.get('apt') === String(payloadType),
  );
  return rtx?.payloadType ?? null;
}

function pick(offered: readonly SdpCodec[], format: MediaFormat): SdpCodec | undefined {
  const named = (name: string) =>
    offered.filter((codec) => codec.name.toUpperCase() === name && codec.clockRate === 90_000);
  switch (format.codec) {
    case 'h264':
      return pickH264(named('H264'), format.profileLevelId ?? ASSUMED_PROFILE);
    case 'hevc': {
      const profile = format.tenBit ? '2' : '1';
      return named('H265').find(({ parameters }) => (parameters.get('profile-id') ?? '1') === profile);
    }
    case 'av1':
      return named('AV1').find(({ parameters }) => (parameters.get('profile') ?? '0') === '0');
  }
}

/** The same profile first, then one that contains it, then any: decoders play more than browsers list (protocol/3 §6.2). */
function pickH264(offered: readonly SdpCodec[], profileLevelId: string): SdpCodec | undefined {
  const usable = offered.filter(({ parameters }) => parameters.get('packetization-mode') === '1');
  const idOf = (codec: SdpCodec) => codec.parameters.get('profile-level-id') ?? '42000a';
  const rank = profileRank(profileLevelId);
  return (
    usable.find((codec) => sameProfile(idOf(codec), profileLevelId)) ??
    usable
      .filter((codec) => profileRank(idOf(codec)) >= rank)
      .sort((a, b) => profileRank(idOf(a)) - profileRank(idOf(b)))[0] ??
    usable.sort((a, b) => profileRank(idOf(b)) - profileRank(idOf(a)))[0]
  );
}

/** Baseline 42, Main 4d, High 64, High 4:4:4 f4: in browsers, each can decode those before it. */
function profileRank(profileLevelId: string): number {
  return ['42', '4d', '64', 'f4'].indexOf(profileLevelId.slice(0, 2).toLowerCase());
}

/** Byte 1 and the constraint bits that distinguish profiles (RFC 6184 §8.1): set1 for 42 and 4d, sets 4 and 5 for 64. */
function sameProfile(a: string, b: string): boolean {
  return profileName(a) === profileName(b);
}

function profileName(profileLevelId: string): string {
  const profile = profileLevelId.slice(0, 2).toLowerCase();
  const constraints = Number.parseInt(profileLevelId.slice(2, 4), 16);
  if (profile === '42') return (constraints & 0x40) !== 0 ? 'constrained baseline' : 'baseline';
  if (profile === '4d') return (constraints & 0x80) !== 0 ? 'constrained baseline' : 'main';
  if (profile === '64') return (constraints & 0x0c) === 0x0c ? 'constrained high' : 'high';
  return profile;
}

function answeredParameters(codec: SdpCodec, format: MediaFormat): string {
  if (format.codec === 'h264') return h264Parameters(codec.parameters.get('profile-level-id') ?? '42000a');
  return [...codec.parameters].map(([name, value]) => `${name}=${value}`).join(';');
}

function h264Parameters(profileLevelId: string): string {
  return `level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=${profileLevelId}`;
}

/** Level by picture size: 4.1 to 1080p, 5.1 to 4K, 6.0 above. */
function hevcParameters(format: MediaFormat): string {
  const pixels = format.width * format.height;
  const level = pixels <= 1920 * 1088 ? 123 : pixels <= 4096 * 2176 ? 153 : 180;
  return `level-id=${level};profile-id=${format.tenBit ? 2 : 1};tier-flag=0;tx-mode=SRST`;
}
