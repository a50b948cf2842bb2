import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineStatistics } from '@moonshare/contract';
import { ViewerCounters } from './viewer-counters.ts';

function stats(peerId: string, bytesSent: number): EngineStatistics {
  return {
    peer_id: peerId,
    state: 'connected',
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
  };
}

test('the first frame is timed from the join, once', () => {
  const ledger = new ViewerCounters();
  ledger.joined('a', 1000);
  assert.equal(ledger.complete(stats('a', 0)).first_frame_ms, null);
  assert.equal(ledger.someWait, true);
  assert.equal(ledger.frameSent('a', 1150), 150);
  assert.equal(ledger.frameSent('a', 1200), null);
  assert.equal(ledger.someWait, false);
  assert.equal(ledger.complete(stats('a', 0)).first_frame_ms, 150);
});

test('totals do not fall when a viewer leaves', () => {
  const ledger = new ViewerCounters();
  ledger.joined('a', 0);
  ledger.joined('b', 0);
  const before = ledger.totals([stats('a', 100), stats('b', 50)]);
  assert.deepEqual([before.joins, before.bytes_sent, before.frames_dropped], [2, 150, 4]);
  ledger.left('a', stats('a', 100));
  assert.deepEqual(ledger.totals([stats('b', 50)]), before);
  ledger.left('c', null);
  assert.equal(ledger.someWait, true);
});

test('each viewer has a rate and input of its own', () => {
  const ledger = new ViewerCounters();
  ledger.joined('a', 0);
  ledger.joined('b', 0);
  for (const second of [0, 1, 2]) ledger.sample([stats('a', second * 1250), stats('b', 0)], second * 1000);
  ledger.input('b');
  ledger.input('nobody');
  const [a, b] = [ledger.complete(stats('a', 0)), ledger.complete(stats('b', 0))];
  assert.deepEqual([a.bitrate_kbps, a.input_events, b.bitrate_kbps, b.input_events], [10, 0, 0, 1]);
});
