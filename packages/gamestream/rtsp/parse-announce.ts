import { GameStreamError } from '../errors.ts';
import type { VideoCodec } from '../types.ts';
import { ECHOES_SESSION_IDS, GENERAL_AUDIO_ENCRYPTION } from './announce.ts';
import { ENCRYPT_AUDIO, ENCRYPT_CONTROL_V2, ENCRYPT_VIDEO } from './describe.ts';

const MAX_ATTRIBUTES = 256;
const CODECS: VideoCodec[] = ['h264', 'hevc', 'av1'];
const COLOR_SPACES = ['rec601', 'rec709', 'rec2020'] as const;

/** The attributes of an ANNOUNCE that a host uses; defaults are Sunshine's, protocol/1 §8.6. */
export interface Announcement {
  width: number;
  height: number;
  fps: number;
  packetSize: number;
  bitrateKbps: number;
  codec: VideoCodec;
  tenBit: boolean;
  yuv444: boolean;
  colorSpace: (typeof COLOR_SPACES)[number];
  fullRange: boolean;
  slices: number;
  referenceFrames: number;
  minFecPackets: number;
  audioChannels: 2 | 6 | 8;
  highQualityAudio: boolean;
  audioPacketMs: 5 | 10;
  encryption: { controlV2: boolean; video: boolean; audio: boolean };
  /** The client pings with the payload and connects with the data from SETUP. */
  echoesSessionIds: boolean;
}

/** Reads an ANNOUNCE body as Sunshine does: a line without a line end is ignored. Throws MALFORMED, to be answered with 400. */
export function parseAnnounce(body: string): Announcement {
  const attributes = readAttributes(body);
  const read = (name: string, from: number, to: number, missing?: number): number => {
    const text = attributes.get(name);
    if (text === undefined && missing !== undefined) return missing;
    const value = /^\d{1,9}$/.test(text ?? '') ? Number(text) : -1;
    if (value >= from && value <= to) return value;
    throw new GameStreamError(
      'MALFORMED',
      `The announcement ${text === undefined ? 'lacks' : 'has an impossible'} ${name}`,
    );
  };
  const channels = read('x-nv-audio.surround.numChannels', 2, 8);
  if (channels !== 2 && channels !== 6 && channels !== 8) {
    throw new GameStreamError('MALFORMED', `Sound with ${channels} channels`);
  }
  const colors = read('x-nv-video[0].encoderCscMode', 0, 5, 0);
  const encryption = read('x-ss-general.encryptionEnabled', 0, 0xffff, 0);
  const general = read('x-nv-general.featureFlags', 0, 0xffff, 135);
  const limit = read('x-nv-vqos[0].bw.maximumBitrateKbps', 1, 1_000_000);
  read('x-nv-audio.surround.channelMask', 1, 0xffff);
  return {
    width: read('x-nv-video[0].clientViewportWd', 16, 16384),
    height: read('x-nv-video[0].clientViewportHt', 16, 16384),
    fps: read('x-nv-video[0].maxFPS', 1, 1000),
    packetSize: read('x-nv-video[0].packetSize', 64, 65_000),
    bitrateKbps: read('x-ml-video.configuredBitrateKbps', 0, 1_000_000, 0) || limit,
    codec: CODECS[read('x-nv-vqos[0].bitStreamFormat', 0, 2, 0)]!,
    tenBit: read('x-nv-video[0].dynamicRangeMode', 0, 1, 0) === 1,
    yuv444: read('x-ss-video[0].chromaSamplingType', 0, 1, 0) === 1,
    colorSpace: COLOR_SPACES[colors >> 1]!,
    fullRange: colors % 2 === 1,
    slices: read('x-nv-video[0].videoEncoderSlicesPerFrame', 1, 64),
    referenceFrames: read('x-nv-video[0].maxNumReferenceFrames', 0, 16),
    minFecPackets: read('x-nv-vqos[0].fec.minRequiredFecPackets', 0, 255, 0),
    audioChannels: channels,
    highQualityAudio: read('x-nv-audio.surround.AudioQuality', 0, 1) === 1,
    audioPacketMs: read('x-nv-aqos.packetDuration', 5, 10, 5) >= 10 ? 10 : 5,
    encryption: {
      controlV2: (encryption & ENCRYPT_CONTROL_V2) !== 0,
      video: (encryption & ENCRYPT_VIDEO) !== 0,
      audio: (encryption & ENCRYPT_AUDIO) !== 0 || (general & GENERAL_AUDIO_ENCRYPTION) !== 0,
    },
    echoesSessionIds: (read('x-ml-general.featureFlags', 0, 0xffff, 0) & ECHOES_SESSION_IDS) !== 0,
  };
}

/** `a=name:value` lines; the reference client ends each with a space. */
function readAttributes(body: string): Map<string, string> {
  const attributes = new Map<string, string>();
  const lines = body.split('\n');
  lines.pop();
  for (const line of lines) {
    const match = /^a=([^:]{1,100}):([^\r]{0,200})\r?$/.exec(line);
    if (!match) continue;
    if (attributes.size >= MAX_ATTRIBUTES)
      throw new GameStreamError('MALFORMED', 'The announcement has too many attributes');
    attributes.set(match[1]!, match[2]!.trim());
  }
  return attributes;
}
