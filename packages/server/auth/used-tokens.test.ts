import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsedTokens } from './used-tokens.ts';

test('a token works once, even after others', () => {
  const used = new UsedTokens();
  assert.deepEqual([used.use('a', 60, 0), used.use('b', 70, 10), used.use('a', 60, 20)], [true, true, false]);
  assert.deepEqual([used.use('b', 70, 65), used.use('a', 60, 59)], [false, true]);
});

test('with too many to remember none works until the oldest have expired', () => {
  const used = new UsedTokens();
  for (let i = 0; i < 100_000; i++) assert.equal(used.use(String(i), 60 + (i % 2), 0), true);
  assert.equal(used.use('one more', 120, 59), false);
  assert.equal(used.use('one more', 120, 60), true);
  assert.equal(used.use('0', 120, 61), true);
});
