import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BitrateMeter } from './bitrate-meter.ts';

test('the rate covers the last seconds, not the whole time', () => {
  const rate = new BitrateMeter();
  assert.equal(rate.kbps, 0);
  for (let second = 0; second <= 10; second++) rate.sample(second * 125_000, second * 1000);
  assert.equal(rate.kbps, 1000);
  for (let second = 11; second <= 14; second++) rate.sample(10 * 125_000, second * 1000);
  assert.equal(rate.kbps, 0);
});

test('a counter that starts over gives no negative rate', () => {
  const rate = new BitrateMeter();
  rate.sample(5000, 0);
  rate.sample(10, 1000);
  assert.equal(rate.kbps, 0);
});
