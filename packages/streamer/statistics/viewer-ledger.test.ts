import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CarrierStats } from '@moonshare/contract';
import { ViewerLedger } from './viewer-ledger.ts';

function stats(peerId: string, bytesSent: number): CarrierStats {
  return {
    peerId,
    state: 'connected',
    bytesSent,
    packetsSent: bytesSent / 10,
    framesSent: 3,
    framesDropped: 2,
    nacksReceived: 1,
    packetsResent: 1,
    plisReceived: 1,
    malformedMessages: 0,
    rttMs: 4,
    fractionLost: 0,
    estimatedKbps: null,
  };
}

test('the first frame is timed from the join, once', () => {
  const ledger = new ViewerLedger();
  ledger.joined('a', 1000);
  assert.equal(ledger.complete(stats('a', 0)).firstFrameMs, null);
  assert.equal(ledger.someWait, true);
  assert.equal(ledger.frameSent('a', 1150), 150);
  assert.equal(ledger.frameSent('a', 1200), null);
  assert.equal(ledger.someWait, false);
  assert.equal(ledger.complete(stats('a', 0)).firstFrameMs, 150);
});

test('totals do not fall when a viewer leaves', () => {
  const ledger = new ViewerLedger();
  ledger.joined('a', 0);
  ledger.joined('b', 0);
  const before = ledger.totals([stats('a', 100), stats('b', 50)]);
  assert.deepEqual([before.joins, before.bytesSent, before.framesDropped], [2, 150, 4]);
  ledger.left('a', stats('a', 100));
  assert.deepEqual(ledger.totals([stats('b', 50)]), before);
  ledger.left('c', null);
  assert.equal(ledger.someWait, true);
});

test('each viewer has a rate and input of its own', () => {
  const ledger = new ViewerLedger();
  ledger.joined('a', 0);
  ledger.joined('b', 0);
  for (const second of [0, 1, 2]) ledger.sample([stats('a', second * 1250), stats('b', 0)], second * 1000);
  ledger.input('b');
  ledger.input('nobody');
  const [a, b] = [ledger.complete(stats('a', 0)), ledger.complete(stats('b', 0))];
  assert.deepEqual([a.bitrateKbps, a.inputEvents, b.bitrateKbps, b.inputEvents], [10, 0, 0, 1]);
});
