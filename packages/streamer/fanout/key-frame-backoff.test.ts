import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyFrameBackoff } from './key-frame-backoff.ts';

const bad = { name: 'bad' };
const good = { name: 'good' };

/** The times at which needs count, for a viewer that needs a key frame every `every` ms until `end`. */
function counted(backoff: KeyFrameBackoff<object>, viewer: object, every: number, end: number): number[] {
  const times = new Set<number>();
  for (let now = 0; now <= end; now += every) times.add(backoff.from(viewer, now));
  return [...times];
}

test('constant needs of one viewer count after 0.35, 1, 2, 4 and then every 8 s', () => {
  const times = counted(new KeyFrameBackoff(), bad, 50, 30_000);
  assert.deepEqual(times, [0, 350, 1_350, 3_350, 7_350, 15_350, 23_350, 31_350]);
});

test('each viewer backs off separately', () => {
  const backoff = new KeyFrameBackoff<object>();
  counted(backoff, bad, 50, 20_000);
  assert.equal(backoff.from(bad, 20_100), 23_350);
  assert.equal(backoff.from(good, 20_100), 20_100);
});

test('the back-off starts over after thirty seconds of calm, not before', () => {
  const backoff = new KeyFrameBackoff<object>();
  counted(backoff, bad, 50, 20_000);
  assert.equal(backoff.from(bad, 49_999), 49_999);
  assert.equal(backoff.from(bad, 50_400), 57_999);
  assert.equal(backoff.from(bad, 80_400), 80_400);
  assert.equal(backoff.from(bad, 80_500), 80_750);
});

test('without calm, one need counts per 8 s after the first four, however they are spread', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 29_000 }), { maxLength: 400 }), (gaps) => {
      const backoff = new KeyFrameBackoff<object>();
      const counts = new Set<number>();
      let now = 0;
      for (const gap of gaps) {
        now += gap;
        const from = backoff.from(bad, now);
        assert.ok(from >= now && from <= now + 8_000);
        counts.add(from);
      }
      assert.ok(counts.size <= 6 + now / 8_000);
    }),
  );
});
