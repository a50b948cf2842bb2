import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CancelPolicy } from './cancel-policy.ts';

const unreachable = { type: 'failed', code: 'HOST_UNREACHABLE' } as const;
const timeout = { type: 'failed', code: 'HOST_TIMEOUT' } as const;

test('a cancel is done once the host accepts it, or no longer knows us', () => {
  for (const type of ['taken', 'stranger'] as const) {
    assert.deepEqual(new CancelPolicy({ unanswered: true }).next({ type }, 0), { done: true });
  }
});

test('a host that reports nothing running is believed at once if it had confirmed the launch', () => {
  assert.deepEqual(new CancelPolicy({ unanswered: false }).next({ type: 'notRunning' }, 0), { done: true });
});

test('after an unanswered launch it must report nothing running twice, three seconds apart', () => {
  const policy = new CancelPolicy({ unanswered: true });
  assert.deepEqual(policy.next({ type: 'notRunning' }, 1_000), { done: false, waitMs: 3_000, holds: true });
  assert.deepEqual(policy.next(timeout, 4_000), { done: false, waitMs: 500, holds: true });
  assert.deepEqual(policy.next({ type: 'notRunning' }, 5_000), { done: false, waitMs: 3_000, holds: true });
  assert.deepEqual(policy.next({ type: 'notRunning' }, 8_000), { done: true });
});

test('an unreachable host is retried for ever, eventually every ten seconds, without holding others up', () => {
  const policy = new CancelPolicy({ unanswered: false });
  const waits = Array.from({ length: 1_000 }, (_, n) => {
    const step = policy.next(unreachable, n * 10_000);
    assert.ok(!step.done && !step.holds);
    return step.waitMs;
  });
  assert.deepEqual(waits.slice(0, 6), [500, 1_000, 2_000, 5_000, 10_000, 10_000]);
  assert.equal(waits.at(-1), 10_000);
});
