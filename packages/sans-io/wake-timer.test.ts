import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WakeTimer } from './wake-timer.ts';

/** A core on the test's clock that records its calls, and asks to be called again at the next of `times`. */
function driven(t: import('node:test').TestContext, times: number[]) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  const calls: number[] = [];
  const next = () => ({ events: [], wakeAt: times.shift() ?? Number.POSITIVE_INFINITY });
  const timer = new WakeTimer<never>(
    (at) => {
      calls.push(at);
      return next();
    },
    () => undefined,
  );
  const pass = (ms: number) => {
    for (let step = 0; step < ms; step += 1) {
      now += 1;
      t.mock.timers.tick(1);
    }
  };
  return { timer, calls, pass };
}

test('a core is called when it asks to be, until it asks no more', (t) => {
  const { timer, calls, pass } = driven(t, [25, 40]);
  timer.take({ events: [], wakeAt: 10 });
  pass(100);
  assert.deepEqual(calls, [10, 25, 40]);
});

test('an earlier wakeAt moves the call forward, a later one does not delay it', (t) => {
  const { timer, calls, pass } = driven(t, [30]);
  timer.take({ events: [], wakeAt: 20 });
  timer.take({ events: [], wakeAt: 5 });
  timer.take({ events: [], wakeAt: 30 });
  pass(100);
  assert.deepEqual(calls, [5, 30]);
});

test('after stop the core is not called', (t) => {
  const { timer, calls, pass } = driven(t, []);
  timer.take({ events: [], wakeAt: 10 });
  timer.stop();
  timer.take({ events: [], wakeAt: 5 });
  pass(100);
  assert.deepEqual(calls, []);
});

test('events are delivered in order, including those of a nested call', () => {
  const seen: string[] = [];
  const timer: WakeTimer<string> = new WakeTimer<string>(
    () => ({ events: [], wakeAt: Number.POSITIVE_INFINITY }),
    (event) => {
      seen.push(event);
      if (event === 'a') timer.take({ events: ['inner'], wakeAt: Number.POSITIVE_INFINITY });
    },
  );
  timer.take({ events: ['a', 'b'], wakeAt: Number.POSITIVE_INFINITY });
  assert.deepEqual(seen, ['a', 'inner', 'b']);
});

test('a core that keeps asking to be called at once fails', (t) => {
  const { timer, pass } = driven(t, new Array(100).fill(10));
  timer.take({ events: [], wakeAt: 10 });
  assert.throws(() => pass(200), /called at once/);
});

test('what is thrown when the timer fires goes to its owner, and to the caller otherwise', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  t.mock.method(performance, 'now', () => 0);
  const failures: unknown[] = [];
  const broken = () => {
    throw new Error('a fault');
  };
  const core = { events: ['event'], wakeAt: Number.POSITIVE_INFINITY };
  for (const [advance, handle] of [
    [broken, () => undefined],
    [() => core, broken],
  ] as const) {
    const timer = new WakeTimer<string>(advance, handle, (error) => failures.push(error));
    timer.take({ events: [], wakeAt: 1 });
    t.mock.timers.tick(10);
  }
  assert.equal(failures.length, 2);
  const timer = new WakeTimer<string>(
    () => core,
    broken,
    () => assert.fail(),
  );
  assert.throws(() => timer.take(core), /a fault/);
});

test('a core that is called slightly too early is called again', (t) => {
  const { timer, calls, pass } = driven(t, [10, 20]);
  timer.take({ events: [], wakeAt: 10 });
  pass(100);
  assert.deepEqual(calls, [10, 11, 20]);
});
