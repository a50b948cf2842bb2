import assert from 'node:assert/strict';
import test from 'node:test';
import { Acknowledgements } from './acknowledgements.ts';

test('a frame is acknowledged at once, the ones after it 50 ms later, together', () => {
  const acknowledgements = new Acknowledgements();
  assert.equal(acknowledgements.due(0, 0), null);
  acknowledgements.received(8, 100);
  assert.deepEqual(acknowledgements.due(1, 100), { queued: 1, received: 8, shown: 7, receivedAtMs: 100 });
  acknowledgements.received(9, 116);
  acknowledgements.shown(8);
  assert.equal(acknowledgements.due(1, 149), null);
  assert.equal(acknowledgements.wakeAt, 150);
  assert.deepEqual(acknowledgements.due(1, 150), { queued: 1, received: 9, shown: 8, receivedAtMs: 116 });
  assert.equal(acknowledgements.wakeAt, Number.POSITIVE_INFINITY);
  assert.equal(acknowledgements.due(1, 1000), null);
});

test('they are as far apart as the streamer wants, within reason', () => {
  const acknowledgements = new Acknowledgements();
  acknowledgements.received(0, 0);
  acknowledgements.due(0, 0);
  acknowledgements.received(1, 10);
  for (const [wanted, wakeAt] of [
    [150, 150],
    [0, 50],
    [65_535, 1_000],
  ] as const) {
    acknowledgements.every(wanted);
    assert.equal(acknowledgements.wakeAt, wakeAt);
  }
});

test('the first frame after a stall is acknowledged at once, and a shown one even if no other comes', () => {
  const acknowledgements = new Acknowledgements();
  acknowledgements.received(0, 0);
  assert.equal(acknowledgements.due(0, 0)?.shown, 0xffff_ffff);
  acknowledgements.received(1, 3000);
  assert.equal(acknowledgements.due(0, 3000)?.received, 1);
  acknowledgements.shown(1);
  assert.deepEqual(acknowledgements.due(0, 3050), { queued: 0, received: 1, shown: 1, receivedAtMs: 3000 });
});
