import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BitrateMeter } from './bitrate-meter.ts';

test('a rate is what came in the last seconds, not since the beginning', () => {
  const rate = new BitrateMeter();
  assert.equal(rate.kbps, 0);
  for (let second = 0; second <= 10; second++) rate.sample(second * 125_000, second * 1000);
  assert.equal(rate.kbps, 1000);
  for (let second = 11; second <= 14; second++) rate.sample(10 * 125_000, second * 1000);
  assert.equal(rate.kbps, 0);
});

test('a counter that starts again is no negative rate', () => {
  const rate = new BitrateMeter();
  rate.sample(5000, 0);
  rate.sample(10, 1000);
  assert.equal(rate.kbps, 0);
});
