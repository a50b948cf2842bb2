import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CongestionWindow } from './congestion.ts';

const MTU = 1160;

test('several losses of one flight halve the window once, and it grows again when that flight is over', () => {
  const window = new CongestionWindow(MTU);
  for (let tsn = 1; tsn <= 20; tsn++) window.acknowledged(MTU, true, tsn);
  const before = window.bytes;
  assert.equal(window.lost(40), true);
  assert.equal(window.bytes, before / 2);
  assert.equal(window.lost(45), false);
  window.acknowledged(before, true, 39);
  assert.deepEqual([window.bytes, window.isRecovering], [before / 2, true]);
  window.acknowledged(MTU, true, 40);
  assert.equal(window.isRecovering, false);
  window.acknowledged(before, true, 41);
  assert.equal(window.bytes, before / 2 + MTU, 'slowly, above half of what was too much');
  assert.equal(window.lost(60), true);
});
