import assert from 'node:assert/strict';
import test from 'node:test';
import { backoff } from './backoff.ts';

test('doubles from 250 ms to at most 8 s, spread by a quarter each way', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7].map((attempt) => backoff(attempt, 0.5)),
    [250, 500, 1000, 2000, 4000, 8000, 8000],
  );
  assert.equal(backoff(1, 0), 187.5);
  assert.equal(backoff(1000, 1), 10_000);
});
