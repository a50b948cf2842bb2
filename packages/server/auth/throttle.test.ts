import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RateLimitedError } from './limit-error.ts';
import { Throttle } from './throttle.ts';

const LIMITS = { free: 2, firstDelayMs: 1000, maxDelayMs: 5000, forgetMs: 60_000, maxKeys: 3 };

test('after the free failures each further one doubles the wait, up to a limit', () => {
  const throttle = new Throttle(LIMITS);
  let now = 0;
  assert.deepEqual([throttle.attempt('a', now), throttle.attempt('a', now)], [0, 0]);
  for (const delay of [1000, 2000, 4000, 5000, 5000]) {
    assert.equal(throttle.attempt('a', now), 0);
    assert.equal(throttle.attempt('a', now), delay);
    assert.equal(throttle.attempt('a', now + delay - 1), 1);
    now += delay;
  }
});

test('waiting in vain makes the wait no longer', () => {
  const throttle = new Throttle(LIMITS);
  for (let i = 0; i < 3; i++) throttle.attempt('a', 0);
  for (let i = 0; i < 100; i++) assert.equal(throttle.attempt('a', 500), 500);
  assert.equal(throttle.attempt('a', 1000), 0);
});

test('a success costs nothing, but does not forgive the failures before it', () => {
  const throttle = new Throttle(LIMITS);
  for (let i = 0; i < 100; i++) {
    assert.equal(throttle.attempt('a', i), 0);
    throttle.succeed('a');
  }
  assert.equal(throttle.size, 0);
  for (let i = 0; i < 3; i++) throttle.attempt('a', 0);
  assert.equal(throttle.attempt('a', 1000), 0);
  throttle.succeed('a');
  assert.equal(throttle.attempt('a', 1000), 0);
  assert.equal(throttle.attempt('a', 1000), 2000);
  throttle.succeed('unknown');
});

test('time makes free again, and so does being another', () => {
  const throttle = new Throttle(LIMITS);
  for (let i = 0; i < 3; i++) throttle.attempt('a', 0);
  assert.equal(throttle.attempt('b', 0), 0);
  for (let i = 0; i < 9; i++) throttle.attempt('c', i * 5000);
  assert.deepEqual(
    [0, 0, 0].map(() => throttle.attempt('c', 40_000 + LIMITS.forgetMs)),
    [0, 0, 0],
  );
});

test('no sequence of attempts gets more through than the delays allow, nor keeps more keys than it may', () => {
  const step = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), wait: fc.nat(3000) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const throttle = new Throttle({ ...LIMITS, maxKeys: 3 });
      let now = 0;
      for (const { key, wait } of steps) {
        now += wait;
        const left = throttle.attempt(key, now);
        assert.ok(left >= 0 && left <= LIMITS.maxDelayMs);
        assert.ok(throttle.size <= 3);
      }
    }),
  );
  const throttle = new Throttle(LIMITS);
  let through = 0;
  for (let now = 0; now < 60_000; now += 10) if (throttle.attempt('a', now) === 0) through++;
  // 2 free, then 1 + 2 + 4 s, then every 5 s.
  assert.equal(through, 2 + 4 + 10);
});

test('the error says when to try again', () => {
  assert.equal(new RateLimitedError(1, 'logins').retryAfterSeconds, 1);
  assert.equal(new RateLimitedError(1001, 'logins').retryAfterSeconds, 2);
});
