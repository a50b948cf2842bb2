import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CancelPolicy } from './cancel-policy.ts';

const unreachable = { type: 'failed', code: 'HOST_UNREACHABLE' } as const;
const timeout = { type: 'failed', code: 'HOST_TIMEOUT' } as const;

test('a cancel that is taken is the end of it, and so is a host that does not know us', () => {
  for (const type of ['taken', 'stranger'] as const) {
    assert.deepEqual(new CancelPolicy({ unanswered: true }).next({ type }, 0), { done: true });
  }
});

test('a host that says that nothing runs is believed at once where it had said that it launched', () => {
  assert.deepEqual(new CancelPolicy({ unanswered: false }).next({ type: 'notRunning' }, 0), { done: true });
});

test('after a launch without an answer it has to say so twice, three seconds apart', () => {
  const policy = new CancelPolicy({ unanswered: true });
  assert.deepEqual(policy.next({ type: 'notRunning' }, 1_000), { done: false, waitMs: 3_000, holds: true });
  assert.deepEqual(policy.next(timeout, 4_000), { done: false, waitMs: 500, holds: true });
  assert.deepEqual(policy.next({ type: 'notRunning' }, 5_000), { done: false, waitMs: 3_000, holds: true });
  assert.deepEqual(policy.next({ type: 'notRunning' }, 8_000), { done: true });
});

test('a host that is away is tried for ever, in the end every ten seconds, and holds nobody up', () => {
  const policy = new CancelPolicy({ unanswered: false });
  const waits = Array.from({ length: 1_000 }, (_, n) => {
    const step = policy.next(unreachable, n * 10_000);
    assert.ok(!step.done && !step.holds);
    return step.waitMs;
  });
  assert.deepEqual(waits.slice(0, 6), [500, 1_000, 2_000, 5_000, 10_000, 10_000]);
  assert.equal(waits.at(-1), 10_000);
});
