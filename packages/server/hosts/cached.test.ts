import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cached } from './cached.ts';

/** Counts from 1 with each fetch, which takes until the next turn. */
function counting() {
  let fetches = 0;
  const cached = new Cached(async () => {
    await new Promise(setImmediate);
    return ++fetches;
  });
  return { cached, fetches: () => fetches };
}

test('a value is kept as long as the caller allows, then fetched again', async () => {
  const { cached } = counting();
  assert.deepEqual([await cached.get(60_000), await cached.get(60_000)], [1, 1]);
  assert.equal(await cached.get(0), 2);
  assert.deepEqual([await cached.get(60_000), cached.last], [2, 2]);
  cached.forget();
  assert.equal(await cached.get(60_000), 3);
  cached.set(9);
  assert.equal(await cached.get(60_000), 9);
});

test('callers at the same time share one fetch', async () => {
  const { cached, fetches } = counting();
  assert.deepEqual(await Promise.all([cached.get(0), cached.get(0), cached.get(1000)]), [1, 1, 1]);
  assert.equal(fetches(), 1);
});

test('a failure reaches everyone who waits, and is not kept', async () => {
  let works = false;
  const cached = new Cached(async () => {
    if (!works) throw new Error('gone');
    return 'here';
  });
  const outcomes = await Promise.allSettled([cached.get(1000), cached.get(1000)]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  works = true;
  assert.equal(await cached.get(1000), 'here');
});
