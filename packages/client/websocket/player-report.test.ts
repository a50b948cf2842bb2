import assert from 'node:assert/strict';
import test from 'node:test';
import { pictureCounters } from '../picture/picture-counters.ts';
import { digest } from '../statistics/digest.ts';
import type { PlayerCounters } from './player-counters.ts';
import { reportOf } from './player-report.ts';

const counters = (seconds: number): PlayerCounters => ({
  at: seconds * 1000,
  bytes: seconds * 1_300_000,
  videoBytes: seconds * 1_000_000,
  audioBytes: seconds * 50_000,
  roundTripMs: 35,
  framesReceived: seconds * 61,
  framesDecoded: seconds * 60,
  framesDropped: seconds,
  decodeSeconds: seconds * 60 * 0.003,
  bufferSeconds: seconds * 60 * 0.008,
  framesShown: seconds * 60,
  freezes: 2,
  width: 1280,
  height: 720,
  codec: 'avc1.64002a',
  channels: 6,
  decodeQueue: 1,
  soundUnderruns: 3,
});

test('a media socket has the same statistics as a peer connection', () => {
  const before = digest(reportOf(counters(10)), null, 6, null).counters;
  const { statistics } = digest(reportOf(counters(12)), before, 6, null);
  assert.deepEqual(
    {
      ...statistics,
      decodeMs: Math.round(statistics.decodeMs!),
      jitterBufferMs: Math.round(statistics.jitterBufferMs!),
    },
    {
      width: 1280,
      height: 720,
      codec: 'H264',
      framesPerSecond: 60,
      bitrate: 8400,
      roundTripMs: 35,
      decodeMs: 3,
      jitterBufferMs: 8,
      framesDecoded: 720,
      framesDropped: 12,
      packetsLost: 0,
      freezes: 2,
      audioBytes: 600_000,
      soundGaps: 3,
      decodeQueue: 1,
      channels: 6,
      hostChannels: 6,
      hostEncryption: null,
    },
  );
});

test('before the first ping has come back there is no round trip', () => {
  const { statistics } = digest(reportOf({ ...counters(1), roundTripMs: null }), null, 2, null);
  assert.equal(statistics.roundTripMs, null);
});

test('codecs have the names that WebRTC gives them', () => {
  const nameOf = (codec: string | null) => digest(reportOf({ ...counters(1), codec }), null, 2, null).statistics.codec;
  assert.deepEqual(['avc1.64002a', 'hvc1.1.6.L120.B0', 'av01.0.08M.08', null].map(nameOf), [
    'H264',
    'H265',
    'AV1',
    null,
  ]);
});

test('the picture monitor reads the same counters', () => {
  assert.deepEqual(pictureCounters(reportOf(counters(1))), {
    bytesReceived: 1_000_000,
    framesReceived: 61,
    framesDecoded: 60,
    connectionBytes: 1_300_000,
  });
});
