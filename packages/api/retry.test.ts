import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, refusal, unreachable } from './api-error.ts';
import { retryDelayMs } from './retry.ts';

const limited = (status: number, seconds: number | null) =>
  refusal('http://a', {
    status,
    body: { error: 'e', code: 'RATE_LIMITED', hint: 'h' },
    retryAfter: seconds === null ? null : String(seconds),
  });

test('what may have been done is sent again only if that does no harm', () => {
  for (const method of ['GET', 'PUT', 'DELETE']) {
    assert.equal(retryDelayMs(method, unreachable('http://a', 'ECONNRESET'), 1), 250);
    assert.equal(retryDelayMs(method, unreachable('http://a', 'ECONNRESET'), 2), 500);
    assert.equal(retryDelayMs(method, refusal('http://a', { status: 502, body: undefined, retryAfter: null }), 1), 250);
    assert.equal(retryDelayMs(method, limited(503, 2), 1), 2_000);
  }
  for (const method of ['POST', 'PATCH']) {
    assert.equal(retryDelayMs(method, unreachable('http://a', 'ECONNRESET'), 1), null);
    assert.equal(retryDelayMs(method, limited(503, 2), 1), null);
  }
});

test('a refusal that says when is waited for, unless that is long', () => {
  for (const method of ['GET', 'POST', 'PATCH']) {
    assert.equal(retryDelayMs(method, limited(429, 3), 1), 3_000);
    assert.equal(retryDelayMs(method, limited(429, 31), 1), null);
    assert.equal(retryDelayMs(method, limited(429, null), 1), null);
  }
});

test('a final refusal is not repeated', () => {
  const error = new ApiError('STREAMER_NOT_FOUND', { message: 'm', hint: 'h', status: 404 });
  assert.equal(retryDelayMs('GET', error, 1), null);
  assert.equal(retryDelayMs('GET', refusal('http://a', { status: 404, body: null, retryAfter: null }), 1), null);
});
