import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Rung } from '@moonshare/contract';
import type { ParticipantStatistics } from '../viewer/participant.ts';
import { ViewerCounters } from './viewer-counters.ts';

function stats(peerId: string, bytesSent: number): ParticipantStatistics & { rung: Rung } {
  return {
    peer_id: peerId,
    state: 'connected',
    transport: 'webrtc',
    rung: 'reduced',
    bytes_sent: bytesSent,
    packets_sent: bytesSent / 10,
    frames_sent: 3,
    frames_dropped: 2,
    nacks_received: 1,
    packets_resent: 1,
    plis_received: 1,
    malformed_messages: 0,
    round_trip_ms: 4,
    fraction_lost: 0,
    estimated_bitrate_kbps: null,
    estimate_source: null,
    estimate_is_minimum: false,
  };
}

test('the first frame is timed from the join, and only once', () => {
  const counters = new ViewerCounters();
  counters.joined('a', 1000);
  assert.equal(counters.complete(stats('a', 0)).first_frame_ms, null);
  assert.equal(counters.isAnyWaiting, true);
  assert.equal(counters.frameSent('a', 1150), 150);
  assert.equal(counters.frameSent('a', 1200), null);
  assert.equal(counters.isAnyWaiting, false);
  assert.equal(counters.complete(stats('a', 0)).first_frame_ms, 150);
});

test('totals do not fall when a viewer leaves', () => {
  const counters = new ViewerCounters();
  counters.joined('a', 0);
  counters.joined('b', 0);
  const before = counters.totals([stats('a', 100), stats('b', 50)]);
  assert.deepEqual([before.joins, before.bytes_sent, before.frames_dropped], [2, 150, 4]);
  counters.left('a', stats('a', 100));
  assert.deepEqual(counters.totals([stats('b', 50)]), before);
  counters.left('c', null);
  assert.equal(counters.isAnyWaiting, true);
});

test('rate and input are counted per viewer', () => {
  const counters = new ViewerCounters();
  counters.joined('a', 0);
  counters.joined('b', 0);
  for (const second of [0, 1, 2]) counters.sample([stats('a', second * 1250), stats('b', 0)], second * 1000);
  counters.input('b');
  counters.input('nobody');
  const [a, b] = [counters.complete(stats('a', 0)), counters.complete(stats('b', 0))];
  assert.equal(a.rung, 'reduced');
  assert.deepEqual([a.bitrate_kbps, a.input_events, b.bitrate_kbps, b.input_events], [10, 0, 0, 1]);
});
