import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryMs } from './retry-policy.ts';

test('an unreachable host is tried again after 5, 10, 20, 40 and then every 60 s', () => {
  const waits = [1, 2, 3, 4, 5, 6, 100].map((failures) => retryMs('HOST_UNREACHABLE', failures));
  assert.deepEqual(waits, [5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
});

test('there is no retry after the app has ended, or if it would not help', () => {
  const resting = [
    'TERMINATED',
    'STREAMER_KEEPS_DYING',
    'HOST_CERTIFICATE_CHANGED',
    'HOST_ENCRYPTION_UNAVAILABLE',
    'WEBRTC_STACK_MISSING',
    'INTERNAL',
  ] as const;
  for (const code of resting) {
    assert.equal(retryMs(code, 1), null);
  }
});
