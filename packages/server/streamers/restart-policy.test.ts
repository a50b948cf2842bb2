import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nextRestart } from './restart-policy.ts';

test('the first restart comes at once, later ones after growing pauses, and there is no seventh', () => {
  const times = [0, 1, 2, 3, 4, 5, 6].map((second) => second * 1_000);
  const delays = times.map((at, death) => nextRestart(times.slice(0, death), at).delayMs);
  assert.deepEqual(delays, [0, 500, 1_000, 2_000, 4_000, 8_000, null]);
});

test('after three minutes without a death, counting starts again', () => {
  const now = 3 * 60_000 + 6;
  assert.deepEqual(nextRestart([0, 1, 2, 3, 4, 5], now), { deaths: [now], delayMs: 0 });
});

test('no sequence of deaths gets more than six restarts within three minutes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 60 }), (pauses) => {
      let deaths: readonly number[] = [];
      const restarts: number[] = [];
      let now = 0;
      for (const pause of pauses) {
        now += pause;
        const next = nextRestart(deaths, now);
        ({ deaths } = next);
        if (next.delayMs !== null) restarts.push(now);
      }
      for (const [index, at] of restarts.entries()) {
        const sixBefore = restarts[index - 6];
        assert.ok(sixBefore === undefined || at - sixBefore >= 3 * 60_000);
      }
    }),
  );
});
