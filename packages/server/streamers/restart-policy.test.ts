import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RestartPolicy } from './restart-policy.ts';

test('the first restart comes at once, later ones after growing pauses, the seventh not at all', () => {
  const policy = new RestartPolicy();
  const delays = [0, 1, 2, 3, 4, 5, 6].map((second) => policy.died(second * 1_000));
  assert.deepEqual(delays, [0, 500, 1_000, 2_000, 4_000, 8_000, null]);
});

test('a streamer that held out for three minutes starts from the beginning', () => {
  const policy = new RestartPolicy();
  for (let death = 0; death < 6; death += 1) policy.died(death);
  assert.equal(policy.died(3 * 60_000 + 6), 0);
  assert.equal(policy.deaths, 1);
});

test('no order of deaths gets more than six restarts within three minutes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 60 }), (pauses) => {
      const policy = new RestartPolicy();
      const restarts: number[] = [];
      let now = 0;
      for (const pause of pauses) {
        now += pause;
        if (policy.died(now) !== null) restarts.push(now);
      }
      for (const [index, at] of restarts.entries()) {
        const sixBefore = restarts[index - 6];
        assert.ok(sixBefore === undefined || at - sixBefore >= 3 * 60_000);
      }
    }),
  );
});
