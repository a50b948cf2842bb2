import assert from 'node:assert/strict';
import test from 'node:test';
import { digest } from './digest.ts';

function report(seconds: number, frames: number): Map<string, unknown> {
  return new Map<string, unknown>([
    [
      'V',
      {
        id: 'V',
        type: 'inbound-rtp',
        kind: 'video',
        timestamp: seconds * 1000,
        bytesReceived: seconds * 1_000_000,
        framesDecoded: frames,
        totalDecodeTime: frames * 0.002,
        jitterBufferDelay: frames * 0.01,
        jitterBufferEmittedCount: frames,
        frameWidth: 1280,
        frameHeight: 720,
        framesDropped: 3,
        packetsLost: 4,
        freezeCount: 1,
        codecId: 'C',
      },
    ],
    [
      'A',
      {
        id: 'A',
        type: 'inbound-rtp',
        kind: 'audio',
        bytesReceived: 500,
        packetsLost: 1,
        concealmentEvents: 7,
        codecId: 'D',
      },
    ],
    ['D', { id: 'D', type: 'codec', mimeType: 'audio/opus', channels: 2 }],
    ['C', { id: 'C', type: 'codec', mimeType: 'video/H264' }],
    ['T', { id: 'T', type: 'transport', selectedCandidatePairId: 'P' }],
    ['P', { id: 'P', type: 'candidate-pair', currentRoundTripTime: 0.004 }],
  ]);
}

test('rates are for the time between two calls', () => {
  const { counters } = digest(report(10, 600), null, 2, null);
  const { statistics } = digest(report(12, 720), counters, 2, null);
  assert.equal(statistics.framesPerSecond, 60);
  assert.equal(statistics.bitrate, 8000);
  assert.equal(Math.round(statistics.decodeMs! * 1000), 2000);
  assert.equal(Math.round(statistics.jitterBufferMs! * 1000), 10_000);
  assert.equal(statistics.roundTripMs, 4);
  assert.equal(statistics.codec, 'H264');
  assert.deepEqual([statistics.soundGaps, statistics.decodeQueue], [7, null]);
  assert.deepEqual(
    [statistics.width, statistics.height, statistics.framesDropped, statistics.packetsLost, statistics.freezes],
    [1280, 720, 3, 5, 1],
  );
});

test('the first call has no rates, an empty report has nothing', () => {
  assert.equal(digest(report(10, 600), null, 2, null).statistics.framesPerSecond, null);
  const { statistics } = digest(new Map(), null, 2, null);
  assert.deepEqual(
    [statistics.bitrate, statistics.roundTripMs, statistics.codec, statistics.width],
    [null, null, null, 0],
  );
});

test('the statistics have the sound channels received and those that the host sends', () => {
  const encryption = { control: true, input: true, video: false, audio: true, older_control: true };
  const { channels, hostChannels, hostEncryption } = digest(report(10, 600), null, 6, encryption).statistics;
  assert.deepEqual([channels, hostChannels, hostEncryption], [2, 6, encryption]);
  assert.equal(digest(new Map(), null, 2, null).statistics.channels, null);
});

test('without new frames there is no decode time', () => {
  const { counters } = digest(report(10, 600), null, 2, null);
  const { statistics } = digest(report(11, 600), counters, 2, null);
  assert.deepEqual([statistics.framesPerSecond, statistics.decodeMs], [0, null]);
});
