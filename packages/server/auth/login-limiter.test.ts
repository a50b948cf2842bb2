import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RateLimitedError } from './limit-error.ts';
import { LoginLimiter } from './login-limiter.ts';

/** How many of these attempts get through, all wrong. */
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

test('an address waits for its own failures, at whatever account', () => {
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

test('an account that is attacked gives each further address one attempt, whatever its name is written like', () => {
  const guard = new LoginLimiter();
  assert.equal(
    guesses(
      guard,
      times(10, (i) => ({ user: 'anna', address: `bot${i}` })),
    ),
    10,
  );
  // One that costs nothing, and the one after which there is a wait.
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
  // Another account is not.
  assert.equal(
    guesses(
      guard,
      times(50, () => ({ user: 'bert', address: 'd' })),
    ),
    6,
  );
});

test('nobody is kept out of an account by others who guess at it', () => {
  const guard = new LoginLimiter();
  guesses(
    guard,
    times(900, (i) => ({ user: 'anna', address: `bot${i % 300}` })),
  );
  const attempt = guard.begin({ user: 'anna', address: 'home', device: null }, 0);
  assert.equal(attempt.familiar, false);
  attempt.succeed();
  // From now on that address answers for itself alone.
  assert.equal(guard.begin({ user: 'anna', address: 'home', device: null }, 0).familiar, true);
});

test('beyond a thousand failures strangers wait together, and where the user has logged in before they do not', () => {
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

test('a browser in which the user has logged in is not slowed down by others at its address, but by itself', () => {
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

test('time makes free again', () => {
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
