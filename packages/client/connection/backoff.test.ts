import assert from 'node:assert/strict';
import test from 'node:test';
import { backoff, stepLimit } from './backoff.ts';

test('doubles from 250 ms to at most 8 s, spread by a quarter each way', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7].map((attempt) => backoff(attempt, 0.5)),
    [250, 500, 1000, 2000, 4000, 8000, 8000],
  );
  assert.equal(backoff(1, 0), 187.5);
  assert.equal(backoff(1000, 1), 10_000);
});

test('the first steps of an attempt are given up soon, those of a slow network later on are not', () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 100].map(stepLimit), [15_000, 2500, 2500, 2500, 5000, 10_000, 15_000, 15_000]);
});
