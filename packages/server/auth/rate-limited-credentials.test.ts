import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Credentials } from './credentials.ts';
import { FailureLimiter } from './failure-limiter.ts';
import { RateLimitedError } from './limit-error.ts';
import { HOLD_MS, RateLimitedCredentials, type RequestSource } from './rate-limited-credentials.ts';

const RIGHT = 'the-credentials';

function guarded() {
  const limits = { free: 2, firstDelayMs: 1000, maxDelayMs: 4000, forgetMs: 60_000, maxKeys: 100 };
  return new RateLimitedCredentials(new Credentials(RIGHT), {
    strange: new FailureLimiter(limits),
    shown: new FailureLimiter(limits),
  });
}

/** `claims`: what an unknown proxy there reports about its client. */
function from(address: string, claims = ''): RequestSource {
  return { address, key: address, path: address + claims };
}

test('a caller that guesses has to wait, and even a right guess is refused meanwhile', () => {
  const credentials = guarded();
  for (let i = 0; i < 3; i++) assert.equal(credentials.match(`guess-${i}`, from('a'), 0), false);
  assert.throws(() => credentials.match('guess', from('a'), 500), RateLimitedError);
  assert.throws(() => credentials.match(RIGHT, from('a'), 500), RateLimitedError);
  assert.equal(credentials.match(RIGHT, from('b'), 500), true);
  assert.equal(credentials.match(RIGHT, from('a'), 1000), true);
});

test('where the credentials were shown before, they are always accepted and guesses refused, after a short wait for all', () => {
  const credentials = guarded();
  assert.equal(credentials.match(RIGHT, from('a'), 0), true);
  assert.equal(credentials.holdMs(RIGHT, from('a'), 0), 0);
  for (let i = 0; i < 3; i++) assert.equal(credentials.match('old-credentials', from('a'), 0), false);
  for (let i = 0; i < 100; i++) {
    assert.throws(() => credentials.match('old-credentials', from('a'), i), RateLimitedError);
    assert.equal(credentials.match(RIGHT, from('a'), i), true);
  }
  for (const secret of [RIGHT, 'guess']) assert.equal(credentials.holdMs(secret, from('a'), 100), HOLD_MS);
  assert.equal(credentials.holdMs(RIGHT, from('b'), 100), 0);
  assert.equal(credentials.holdMs(RIGHT, from('a'), 5000), 0);
});

test('behind an unknown proxy, a platform is neither refused nor delayed because others there are guessing', () => {
  const credentials = guarded();
  assert.equal(credentials.match(RIGHT, from('proxy', ' platform'), 0), true);
  for (let i = 0; i < 3; i++) credentials.match('guess', from('proxy', ' guesser'), 0);
  for (const claims of [' guesser', ' another', '']) {
    assert.throws(() => credentials.match(RIGHT, from('proxy', claims), 0), RateLimitedError);
  }
  assert.equal(credentials.holdMs(RIGHT, from('proxy', ' platform'), 0), 0);
  assert.equal(credentials.match(RIGHT, from('proxy', ' platform'), 0), true);
});

test('a link or a token does not count as a guess', () => {
  const credentials = guarded();
  for (let i = 0; i < 100; i++) {
    assert.equal(credentials.match(`msl_${i}_${'x'.repeat(43)}`, from('a'), i), false);
    assert.equal(credentials.match('eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl', from('a'), i), false);
  }
  assert.equal(credentials.match(RIGHT, from('a'), 100), true);
});

test('the number of remembered callers is bounded', () => {
  const credentials = guarded();
  for (let i = 0; i <= 1000; i++) assert.equal(credentials.match(RIGHT, from(`address-${i}`), 0), true);
  for (let i = 0; i < 3; i++) credentials.match('wrong', from('address-0'), 0);
  assert.throws(() => credentials.match(RIGHT, from('address-0'), 0), RateLimitedError);
});
