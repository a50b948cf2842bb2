import { isIPv6 } from 'node:net';
import { GameStreamError } from '../errors.ts';
import { withoutZone } from '../http/host-address.ts';
import type { StreamSettings } from '../types.ts';

/** Bits of `x-nv-general.featureFlags`, protocol/1 §8.6. */
const GENERAL_BASE = 0x87;
export const GENERAL_AUDIO_ENCRYPTION = 0x20;
/** Bits of `x-ml-general.featureFlags`. */
const REPORTS_FEC_STATUS = 1;
export const ECHOES_SESSION_IDS = 2;

const CODEC_NUMBERS = { h264: 0, hevc: 1, av1: 2 } as const;
const COLOR_SPACE_NUMBERS = { rec601: 0, rec709: 1, rec2020: 2 } as const;
const CHANNEL_MASKS = { 2: 3, 6: 63, 8: 1599 } as const;

export interface AnnounceOptions {
  settings: StreamSettings;
  /** As sent on the wire, see `announcedPacketSize`. */
  packetSize: number;
  /** The host knows the `x-ml` and `x-ss` attributes. */
  sunshine: boolean;
  /** IP address the connection to the host goes to. */
  peerAddress: string;
  videoPort: number;
  /** The host is on another network: no traffic class, lower bitrate. */
  remote: boolean;
  /** The bits of protocol/1 §8.4 in use. */
  encryption: number;
  audioEncrypted: boolean;
  /** The client pings with the payload and connects with the data from SETUP. */
  echoesSessionIds: boolean;
  highQualityAudio: boolean;
}

/** The ANNOUNCE body in the reference client's order, protocol/1 §8.6. RFI is not used: one reference frame. */
export function buildAnnounce(options: AnnounceOptions): string {
  const { settings, sunshine, remote } = options;
  const bitrate = announcedBitrate(settings.bitrateKbps, remote);
  const { codec } = settings;
  const when = (condition: boolean, name: string, value: number): [string, number][] =>
    condition ? [[name, value]] : [];
  const features = REPORTS_FEC_STATUS + (options.echoesSessionIds ? ECHOES_SESSION_IDS : 0);
  const attributes: [string, number][] = [
    ...when(sunshine, 'x-ml-general.featureFlags', features),
    ...when(sunshine, 'x-ss-general.encryptionEnabled', options.encryption),
    ...when(sunshine, 'x-ss-video[0].chromaSamplingType', settings.yuv444 ? 1 : 0),
    ['x-nv-video[0].clientViewportWd', settings.width],
    ['x-nv-video[0].clientViewportHt', settings.height],
    ['x-nv-video[0].maxFPS', settings.fps],
    ['x-nv-video[0].packetSize', options.packetSize],
    ['x-nv-video[0].rateControlMode', 4],
    ['x-nv-video[0].timeoutLengthMs', 7000],
    ['x-nv-video[0].framesWithInvalidRefThreshold', 0],
    ['x-nv-video[0].initialBitrateKbps', bitrate],
    ['x-nv-video[0].initialPeakBitrateKbps', bitrate],
    ['x-nv-vqos[0].bw.minimumBitrateKbps', bitrate],
    ['x-nv-vqos[0].bw.maximumBitrateKbps', bitrate],
    ...when(sunshine, 'x-ml-video.configuredBitrateKbps', settings.bitrateKbps),
    ['x-nv-vqos[0].fec.enable', 1],
    ['x-nv-vqos[0].videoQualityScoreUpdateTime', 5000],
    ['x-nv-vqos[0].qosTrafficType', remote ? 0 : 5],
    ['x-nv-aqos.qosTrafficType', remote ? 0 : 4],
    ['x-nv-general.featureFlags', GENERAL_BASE + (options.audioEncrypted ? GENERAL_AUDIO_ENCRYPTION : 0)],
    ['x-nv-general.useReliableUdp', 13],
    ['x-nv-vqos[0].fec.minRequiredFecPackets', 2],
    ['x-nv-vqos[0].bllFec.enable', 0],
    ['x-nv-vqos[0].drc.enable', 0],
    ['x-nv-general.enableRecoveryMode', 0],
    ['x-nv-video[0].videoEncoderSlicesPerFrame', 1],
    ...when(codec !== 'av1', 'x-nv-clientSupportHevc', codec === 'hevc' ? 1 : 0),
    ['x-nv-vqos[0].bitStreamFormat', CODEC_NUMBERS[codec]],
    ['x-nv-video[0].dynamicRangeMode', settings.tenBit ? 1 : 0],
    ['x-nv-video[0].maxNumReferenceFrames', 1],
    ['x-nv-video[0].clientRefreshRateX100', settings.fps * 100],
    ['x-nv-audio.surround.numChannels', settings.audioChannels],
    ['x-nv-audio.surround.channelMask', CHANNEL_MASKS[settings.audioChannels]],
    ['x-nv-audio.surround.enable', settings.audioChannels > 2 ? 1 : 0],
    ['x-nv-audio.surround.AudioQuality', options.highQualityAudio ? 1 : 0],
    ['x-nv-aqos.packetDuration', settings.audioPacketMs],
    ['x-nv-video[0].encoderCscMode', COLOR_SPACE_NUMBERS[settings.colorSpace] * 2 + (settings.fullRange ? 1 : 0)],
  ];
  const origin = isIPv6(options.peerAddress)
    ? `IPv6 [${withoutZone(options.peerAddress)}]`
    : `IPv4 ${options.peerAddress}`;
  return [
    'v=0',
    `o=android 0 14 IN ${origin}`,
    's=NVIDIA Streaming Client',
    // The reference client puts a space before each line end.
    ...attributes.map(([name, value]) => `a=${name}:${value} `),
    't=0 0',
    `m=video ${options.videoPort}  `,
    '',
  ].join('\r\n');
}

/** Leaves room for the network in between: protocol/1 §8.6, `packetSize`. A multiple of 16. */
export function announcedPacketSize(options: {
  wanted: number;
  remote: boolean;
  peerAddress: string;
  videoEncrypted: boolean;
}): number {
  const limit = isIPv6(options.peerAddress) ? 1184 : 1024;
  const size = options.remote ? Math.min(options.wanted, limit) : options.wanted;
  return Math.floor(size / 16) * 16 - (options.videoEncrypted ? 32 : 0);
}

/** protocol/1 §8.6, `initialBitrateKbps` and the like, used by hosts that do not know `configuredBitrateKbps`. */
function announcedBitrate(bitrateKbps: number, remote: boolean): number {
  const reduced = Math.floor(bitrateKbps * 0.8);
  return Math.min(remote && reduced > 500 ? reduced - 500 : reduced, 100_000);
}

/** Kbit/s that a Sunshine-like host gives its encoder, protocol/1 §8.6. */
export function encoderBitrate(options: {
  configuredKbps: number;
  fecPercentage: number;
  channels: number;
  highQualityAudio: boolean;
}): number {
  const { configuredKbps, fecPercentage, channels, highQualityAudio } = options;
  let rate = configuredKbps;
  if (fecPercentage <= 80) rate = Math.floor((rate * (100 - fecPercentage)) / 100);
  rate -= Math.min((highQualityAudio ? 256 : 96) * channels, Math.floor(rate / 5));
  return rate - Math.min(500, Math.floor(rate / 10));
}

/** Checks what hosts do not check. Throws INVALID_ARGUMENT. */
export function checkStreamSettings(settings: StreamSettings): void {
  const whole = (value: number, from: number, to: number) => Number.isInteger(value) && value >= from && value <= to;
  const wrong =
    (!whole(settings.width, 16, 16384) && 'width') ||
    ((!whole(settings.height, 16, 16384) || settings.height % 2 !== 0) && 'height') ||
    (!whole(settings.fps, 1, 1000) && 'fps') ||
    (!whole(settings.bitrateKbps, 100, 1_000_000) && 'bitrateKbps') ||
    (!whole(settings.packetSize, 256, 65_000) && 'packetSize');
  if (wrong) throw new GameStreamError('INVALID_ARGUMENT', `The stream setting ${wrong} is out of range`);
}
