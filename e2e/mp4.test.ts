import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AudioConfiguration } from '@moonshare/contract';
import { recording } from '../fixtures/recordings.ts';
import { describeKeyFrame, keyFrameWithoutReordering, type VideoCodec } from '../packages/bitstream/index.ts';
import { codingOf, readAccessUnit } from '../packages/client/websocket/media-source/mp4/access-unit.ts';
import { opusEntry } from '../packages/client/websocket/media-source/mp4/opus-entry.ts';
import { initializationSegment, mediaSegment } from '../packages/client/websocket/media-source/mp4/segments.ts';
import { videoEntry } from '../packages/client/websocket/media-source/mp4/video-entry.ts';
import { readRecording } from '../packages/streamer/webrtc/testing/recording.ts';
import { VideoEncoder } from '../packages/virtual-host/encode/video-encoder.ts';
import { readMp4 } from '../packages/virtual-host/testing/mp4.ts';
import { type Sound, STEREO, surroundSound } from './harness/media/recorded-media.ts';

// The MP4 that pages without WebCodecs make of a stream, read and decoded by FFmpeg. The browsers of the tests know no HEVC.

const FRAME_US = 16_667;

interface Frame {
  isKey: boolean;
  data: Buffer;
}

/** From its first key frame on, as streamers send it. */
function recorded(name: string): { codec: VideoCodec; frames: Frame[] } {
  const { codec, video } = readRecording(recording(name));
  const from = video.findIndex(({ keyFrame }) => keyFrame);
  const frames = video.slice(from, from + 20).map(({ data, keyFrame }) => ({
    isKey: keyFrame,
    data: codec === 'h264' && keyFrame ? Buffer.concat(keyFrameWithoutReordering(data)) : data,
  }));
  return { codec, frames };
}

async function av1(): Promise<{ codec: VideoCodec; frames: Frame[] }> {
  const encoder = await VideoEncoder.open({ codec: 'av1', width: 640, height: 360, fps: 60, bitrateKbps: 2000 });
  const frames: Frame[] = [];
  for (let pts = 1; pts <= 20; pts += 1)
    for (const { data, keyFrame } of await encoder.encode(Buffer.alloc(640 * 360 * 4, pts), pts, pts === 10))
      frames.push({ isKey: keyFrame, data });
  await encoder.close();
  return { codec: 'av1', frames };
}

const SIZES = { h264: [1280, 720], hevc: [1280, 720], av1: [640, 360] };

for (const [name, open] of Object.entries({
  'H.264': () => recorded('sunshine-h264-clear'),
  HEVC: () => recorded('sunshine-hevc-clear'),
  AV1: av1,
}))
  test(`${name} becomes MP4 that decodes to every picture, at its time`, async () => {
    const { codec, frames } = await open();
    const configuration = describeKeyFrame(codec, frames[0]!.data);
    const coding = codingOf(configuration.codec)!;
    const units = frames.map(({ data }) => readAccessUnit(coding, data));
    const entry = videoEntry(coding, configuration, units[0]!.parameterSets);
    assert.ok(entry !== null, `${configuration.codec} is not understood`);
    const file = [initializationSegment({ timescale: 1_000_000, entry, picture: configuration })];
    for (const [index, { isKey }] of frames.entries()) {
      const sample = { duration: FRAME_US, isSync: isKey, data: units[index]!.sample };
      file.push(mediaSegment(index + 1, index * FRAME_US, [sample]));
    }
    const read = await readMp4(Buffer.concat(file));
    assert.equal(read.decoded, frames.length);
    assert.deepEqual([read.width, read.height], SIZES[codec]);
    assert.deepEqual(
      read.packets.map(({ at }) => Math.round(at * 1e6)),
      frames.map((_, index) => index * FRAME_US),
    );
    // FFmpeg calls more frames key frames than hosts do: those that need no other one.
    for (const [index, { isKey }] of frames.entries()) if (isKey) assert.ok(read.packets[index]!.isKey, String(index));
  });

for (const channels of [2, 6, 8] as const)
  test(`Opus with ${channels} channels becomes MP4 that decodes to all of it`, async () => {
    const sound = channels === 2 ? stereo() : await surroundSound(channels);
    const { configuration } = sound;
    const packets = sound.packets.slice(0, 40);
    const file = [initializationSegment({ timescale: 48_000, entry: opusEntry(configuration), picture: null })];
    for (let from = 0; from < packets.length; from += 4) {
      const samples = packets.slice(from, from + 4).map((data) => ({ duration: 240, isSync: true, data }));
      file.push(mediaSegment(1 + from / 4, from * 240, samples));
    }
    const read = await readMp4(Buffer.concat(file));
    assert.deepEqual([read.channels, read.decoded], [channels, packets.length]);
    assert.deepEqual(
      read.packets.map(({ at }) => Math.round(at * 1000)),
      packets.map((_, index) => index * 5),
    );
  });

function stereo(): Sound {
  const configuration: AudioConfiguration = STEREO;
  const { audio } = readRecording(recording('sunshine-h264-clear'));
  return { configuration, packets: audio.map(({ data }) => data) };
}
