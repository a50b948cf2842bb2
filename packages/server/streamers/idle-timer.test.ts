import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { IdleTimer } from './idle-timer.ts';

function setUp(context: TestContext, limitMs: number) {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let idle = 0;
  const timer = new IdleTimer(limitMs, () => idle++);
  return { timer, tick: (ms: number) => context.mock.timers.tick(ms), idle: () => idle };
}

test('the time runs from the beginning, and from when the last viewer left', (context) => {
  const { timer, tick, idle } = setUp(context, 1_000);
  tick(999);
  timer.present = 1;
  tick(10_000);
  timer.present = 2;
  timer.present = 1;
  tick(10_000);
  timer.present = 0;
  tick(999);
  assert.equal(idle(), 0);
  tick(1);
  assert.equal(idle(), 1);
});

test('without any viewer, idleness is reported once', (context) => {
  const { tick, idle } = setUp(context, 1_000);
  tick(1_000);
  assert.equal(idle(), 1);
});

test('a limit of 0 never ends, and after stop nothing is reported', (context) => {
  const never = setUp(context, 0);
  never.tick(1e9);
  assert.equal(never.idle(), 0);
  context.mock.timers.reset();
  const stopped = setUp(context, 1_000);
  stopped.timer.present = 1;
  stopped.timer.stop();
  stopped.timer.present = 0;
  stopped.tick(1e9);
  assert.equal(stopped.idle(), 0);
});
