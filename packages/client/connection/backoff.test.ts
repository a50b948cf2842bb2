import assert from 'node:assert/strict';
import test from 'node:test';
import { backoff, stepLimit } from './backoff.ts';

test('the back-off doubles from 250 ms to at most 8 s, spread by a quarter either way', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7].map((attempt) => backoff(attempt, 0.5)),
    [250, 500, 1000, 2000, 4000, 8000, 8000],
  );
  assert.equal(backoff(1, 0), 187.5);
  assert.equal(backoff(1000, 1), 10_000);
});

test('early retries give up on a step quickly, later ones allow for a slow network', () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 100].map(stepLimit), [15_000, 2500, 2500, 2500, 5000, 10_000, 15_000, 15_000]);
});
