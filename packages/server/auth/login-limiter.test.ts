import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RateLimitedError } from './limit-error.ts';
import { LoginLimiter } from './login-limiter.ts';

/** How many of these attempts, all wrong, get through. */
function guesses(guard: LoginLimiter, attempts: { user: string; address: string; device?: string }[], now = 0): number {
  let through = 0;
  for (const { user, address, device = null } of attempts) {
    try {
      guard.begin({ user, address, device }, now);
      through++;
    } catch (error) {
      assert.ok(error instanceof RateLimitedError);
    }
  }
  return through;
}

const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

test('an address waits after its own failures, whichever account they were for', () => {
  const guard = new LoginLimiter();
  assert.equal(
    guesses(
      guard,
      times(50, (i) => ({ user: `u${i}`, address: 'a' })),
    ),
    6,
  );
  assert.equal(guesses(guard, [{ user: 'u1', address: 'b' }]), 1);
});

test('while an account is under attack, each further address gets one attempt, however the name is spelt', () => {
  const guard = new LoginLimiter();
  assert.equal(
    guesses(
      guard,
      times(10, (i) => ({ user: 'anna', address: `bot${i}` })),
    ),
    10,
  );
  // One that is free, and the one that leads to a wait.
  assert.equal(
    guesses(
      guard,
      times(50, () => ({ user: 'ANNA', address: 'c' })),
    ),
    2,
  );
  assert.equal(
    guesses(
      guard,
      times(50, () => ({ user: 'anna', address: 'bot0' })),
    ),
    1,
  );
  // Other accounts are not affected.
  assert.equal(
    guesses(
      guard,
      times(50, () => ({ user: 'bert', address: 'd' })),
    ),
    6,
  );
});

test('guessing at an account locks nobody else out of it', () => {
  const guard = new LoginLimiter();
  guesses(
    guard,
    times(900, (i) => ({ user: 'anna', address: `bot${i % 300}` })),
  );
  const attempt = guard.begin({ user: 'anna', address: 'home', device: null }, 0);
  assert.equal(attempt.familiar, false);
  attempt.succeed();
  // From now on only its own failures count for that address.
  assert.equal(guard.begin({ user: 'anna', address: 'home', device: null }, 0).familiar, true);
});

test('beyond a thousand failures strangers wait together, but not where the user has logged in before', () => {
  const guard = new LoginLimiter();
  guard.begin({ user: 'anna', address: 'home', device: null }, 0).succeed();
  assert.equal(
    guesses(
      guard,
      times(3000, (i) => ({ user: 'anna', address: `bot${i}` })),
    ),
    1001,
  );
  assert.equal(guesses(guard, [{ user: 'anna', address: 'elsewhere' }]), 0);
  assert.equal(guesses(guard, [{ user: 'anna', address: 'home' }]), 1);
  assert.equal(guesses(guard, [{ user: 'anna', address: 'elsewhere', device: 'device:x' }]), 1);
});

test('a browser in which the user has logged in is slowed down only by its own failures, not by others at its address', () => {
  const guard = new LoginLimiter();
  guesses(
    guard,
    times(20, () => ({ user: 'anna', address: 'shared' })),
  );
  assert.equal(guesses(guard, [{ user: 'anna', address: 'shared' }]), 0);
  const own = times(20, () => ({ user: 'anna', address: 'shared', device: 'device:x' }));
  assert.equal(guesses(guard, own), 6);
  assert.equal(guesses(guard, [{ user: 'anna', address: 'shared', device: 'device:y' }]), 1);
});

test('the wait ends with time', () => {
  const guard = new LoginLimiter();
  guesses(
    guard,
    times(50, () => ({ user: 'anna', address: 'a' })),
  );
  assert.equal(
    guesses(
      guard,
      times(50, () => ({ user: 'anna', address: 'a' })),
      31 * 60_000,
    ),
    6,
  );
});
