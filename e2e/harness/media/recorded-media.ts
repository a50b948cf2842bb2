import {
  type AudioConfiguration,
  type VideoConfiguration,
  type VideoMessage,
  videoHeaderBytes,
  writeVideoHeader,
} from '@moonshare/contract';
import { recording } from '../../../fixtures/recordings.ts';
import { describeKeyFrame, keyFrameWithoutReordering } from '../../../packages/bitstream/index.ts';
import { readRecording } from '../../../packages/streamer/webrtc/testing/recording.ts';
import { OpusEncoder } from '../../../packages/virtual-host/encode/opus-encoder.ts';
import { OPUS_MODES } from '../../../packages/virtual-host/encode/opus-modes.ts';
import { toneSamples } from '../../../packages/virtual-host/encode/tone.ts';

/** One frame or packet of a real host, and when it came, ms since the first. */
export type RecordedMedium =
  | { kind: 'video'; atMs: number; isKey: boolean; configuration: VideoConfiguration | null; data: Buffer }
  | { kind: 'audio'; atMs: number; data: Buffer };

/** A recording in H.264 and stereo from its first key frame on, in the order of arrival, for a media socket. */
export function recordedMedia(name: string): RecordedMedium[] {
  const { video, audio } = readRecording(recording(name));
  const began = video.find(({ keyFrame }) => keyFrame)!.receivedAt;
  const media: RecordedMedium[] = [
    ...video.map(({ data, keyFrame, receivedAt }) => ({
      kind: 'video' as const,
      atMs: receivedAt - began,
      isKey: keyFrame,
      ...(keyFrame ? keyFrameOf(data) : { configuration: null, data }),
    })),
    ...audio.map(({ data, receivedAt }) => ({ kind: 'audio' as const, atMs: receivedAt - began, data })),
  ];
  return media.filter(({ atMs }) => atMs >= 0).sort((a, b) => a.atMs - b.atMs);
}

/** As streamers send it. */
function keyFrameOf(data: Buffer): { configuration: VideoConfiguration; data: Buffer } {
  return {
    configuration: describeKeyFrame('h264', data),
    data: Buffer.concat(keyFrameWithoutReordering(data)),
  };
}

export function videoMessage({ data, ...header }: Omit<VideoMessage, 'kind'>): Uint8Array {
  const message = new Uint8Array(videoHeaderBytes(header.configuration) + data.length);
  writeVideoHeader(message, header);
  message.set(data, message.length - data.length);
  return message;
}

/** How recordings in stereo are encoded. */
export const STEREO: AudioConfiguration = { packetMs: 5, streams: 1, coupledStreams: 1, mapping: [0, 1] };

export interface Sound {
  configuration: AudioConfiguration;
  /** Opus packets that can be repeated without end. */
  packets: readonly Buffer[];
}

/** A second in which each channel has a note of its own. */
export async function surroundSound(channels: 6 | 8): Promise<Sound> {
  const encoder = await OpusEncoder.open(channels, 5);
  const { streams, coupledStreams, mapping } = OPUS_MODES[channels].layout;
  const packets = Array.from({ length: 200 }, (_, packet) =>
    encoder.encode(toneSamples(packet * 5, encoder.samplesPerPacket, channels)),
  );
  encoder.close();
  return {
    configuration: { packetMs: 5, streams, coupledStreams, mapping },
    packets: packets.filter((one) => one !== null),
  };
}
