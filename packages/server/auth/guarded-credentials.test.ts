import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Credentials } from './credentials.ts';
import { GuardedCredentials } from './guarded-credentials.ts';
import { RateLimitedError, Throttle } from './throttle.ts';

const RIGHT = 'the-credentials';

function guarded() {
  const limits = { free: 2, firstDelayMs: 1000, maxDelayMs: 4000, forgetMs: 60_000, maxKeys: 100 };
  return new GuardedCredentials(new Credentials(RIGHT), new Throttle(limits));
}

test('who guesses has to wait, and is not even told when the guess is right', () => {
  const credentials = guarded();
  for (let i = 0; i < 3; i++) assert.equal(credentials.match(`guess-${i}`, 'a', 0), false);
  assert.throws(() => credentials.match('guess', 'a', 500), RateLimitedError);
  assert.throws(() => credentials.match(RIGHT, 'a', 500), RateLimitedError);
  assert.equal(credentials.match(RIGHT, 'b', 500), true);
  assert.equal(credentials.match(RIGHT, 'a', 1000), true);
});

test('an address that has shown them is not kept waiting, whatever else comes from there', () => {
  const credentials = guarded();
  assert.equal(credentials.match(RIGHT, 'a', 0), true);
  for (let i = 0; i < 100; i++) assert.equal(credentials.match('old-credentials', 'a', i), false);
  assert.equal(credentials.match(RIGHT, 'a', 100), true);
});

test('a link or a token is no guess', () => {
  const credentials = guarded();
  for (let i = 0; i < 100; i++) {
    assert.equal(credentials.match(`msl_${i}_${'x'.repeat(43)}`, 'a', i), false);
    assert.equal(credentials.match('eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl', 'a', i), false);
  }
  assert.equal(credentials.match(RIGHT, 'a', 100), true);
});

test('only so many addresses are remembered', () => {
  const credentials = guarded();
  for (let i = 0; i <= 1000; i++) assert.equal(credentials.match(RIGHT, `address-${i}`, 0), true);
  for (let i = 0; i < 3; i++) credentials.match('wrong', 'address-0', 0);
  assert.throws(() => credentials.match(RIGHT, 'address-0', 0), RateLimitedError);
});
