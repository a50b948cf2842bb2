import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FailureLimiter } from './failure-limiter.ts';
import { RateLimitedError } from './limit-error.ts';

const LIMITS = { free: 2, firstDelayMs: 1000, maxDelayMs: 5000, forgetMs: 60_000, maxKeys: 3 };

test('after the free failures each further one doubles the wait, up to a limit', () => {
  const limiter = new FailureLimiter(LIMITS);
  let now = 0;
  assert.deepEqual([limiter.attempt('a', now), limiter.attempt('a', now)], [0, 0]);
  for (const delay of [1000, 2000, 4000, 5000, 5000]) {
    assert.equal(limiter.attempt('a', now), 0);
    assert.equal(limiter.attempt('a', now), delay);
    assert.equal(limiter.attempt('a', now + delay - 1), 1);
    now += delay;
  }
});

test('attempts during the wait do not make it longer', () => {
  const limiter = new FailureLimiter(LIMITS);
  for (let i = 0; i < 3; i++) limiter.attempt('a', 0);
  for (let i = 0; i < 100; i++) assert.equal(limiter.attempt('a', 500), 500);
  assert.equal(limiter.attempt('a', 1000), 0);
});

test('a success costs nothing, but does not forgive the failures before it', () => {
  const limiter = new FailureLimiter(LIMITS);
  for (let i = 0; i < 100; i++) {
    assert.equal(limiter.attempt('a', i), 0);
    limiter.succeed('a');
  }
  assert.equal(limiter.size, 0);
  for (let i = 0; i < 3; i++) limiter.attempt('a', 0);
  assert.equal(limiter.attempt('a', 1000), 0);
  limiter.succeed('a');
  assert.equal(limiter.attempt('a', 1000), 0);
  assert.equal(limiter.attempt('a', 1000), 2000);
  limiter.succeed('unknown');
});

test('failures are forgotten with time, and other keys are not affected', () => {
  const limiter = new FailureLimiter(LIMITS);
  for (let i = 0; i < 3; i++) limiter.attempt('a', 0);
  assert.equal(limiter.attempt('b', 0), 0);
  for (let i = 0; i < 9; i++) limiter.attempt('c', i * 5000);
  assert.deepEqual(
    [0, 0, 0].map(() => limiter.attempt('c', 40_000 + LIMITS.forgetMs)),
    [0, 0, 0],
  );
});

test('no sequence of attempts gets through more often than the delays allow, nor keeps too many keys', () => {
  const step = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), wait: fc.nat(3000) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const limiter = new FailureLimiter({ ...LIMITS, maxKeys: 3 });
      let now = 0;
      for (const { key, wait } of steps) {
        now += wait;
        const left = limiter.attempt(key, now);
        assert.ok(left >= 0 && left <= LIMITS.maxDelayMs);
        assert.ok(limiter.size <= 3);
      }
    }),
  );
  const limiter = new FailureLimiter(LIMITS);
  let through = 0;
  for (let now = 0; now < 60_000; now += 10) if (limiter.attempt('a', now) === 0) through++;
  // 2 free, then 1 + 2 + 4 s, then every 5 s.
  assert.equal(through, 2 + 4 + 10);
});

test('the error says when to try again', () => {
  assert.equal(new RateLimitedError(1, 'logins').retryAfterSeconds, 1);
  assert.equal(new RateLimitedError(1001, 'logins').retryAfterSeconds, 2);
});
