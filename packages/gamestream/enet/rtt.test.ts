import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RttEstimator, reconstructSentTime } from './rtt.ts';

test('the estimates match the values of protocol/2 §1.9', () => {
  const rtt = new RttEstimator();
  assert.equal(rtt.baseTimeout(30000), 504);
  const expected = [
    [30, 30, 15, 60],
    [50, 33, 16, 66],
    [33, 33, 12, 66],
    [20, 31, 13, 62],
    [200, 53, 52, 106],
    [1, 46, 52, 92],
  ] as const;
  for (const [sample, mean, variance, base] of expected) {
    rtt.sample(sample);
    assert.deepEqual([rtt.rttMs, rtt.varianceMs, rtt.baseTimeout(30000)], [mean, variance, base]);
  }
});

test('the base timeout has a floor of 20 ms and a cap of a fifth of the maximum', () => {
  const rtt = new RttEstimator();
  rtt.sample(1);
  assert.equal(rtt.baseTimeout(10000), 20);
  const slow = new RttEstimator();
  slow.sample(9000);
  assert.equal(slow.baseTimeout(10000), 2000);
});

test('a send time is reconstructed across the 16-bit wrap, and one in the future is refused', () => {
  assert.equal(reconstructSentTime(0x1000, 0x51010), 0x51000);
  assert.equal(reconstructSentTime(0xfff0, 0x60005), 0x5fff0);
  assert.equal(reconstructSentTime(0x2000, 0x51010), null);
  assert.equal(reconstructSentTime(0x9001, 0x59000), null);
  assert.equal(reconstructSentTime(0x1010, 0x51010), 0x51010);
});
