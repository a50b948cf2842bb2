import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Watchdog } from './watchdog.ts';

function watched(context: TestContext) {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  let silences = 0;
  const dog = new Watchdog(() => now);
  return {
    watch: () => dog.watch(6_000, () => silences++),
    /** Advances time; `heldUpMs`: additional time in which this process does not run. */
    pass: (ms: number, heldUpMs = 0) => {
      now += ms + heldUpMs;
      context.mock.timers.tick(ms);
    },
    stop: () => dog.stop(),
    silences: () => silences,
  };
}

test('silence is reported once, and each sign of life resets the time', (context) => {
  const { watch, pass, silences } = watched(context);
  watch();
  pass(5_999);
  watch();
  pass(5_999);
  assert.equal(silences(), 0);
  pass(1);
  assert.equal(silences(), 1);
  pass(60_000);
  assert.equal(silences(), 1);
});

test('a server that was held up itself waits once more before it reports silence', (context) => {
  const { watch, pass, silences } = watched(context);
  watch();
  pass(6_000, 30_000);
  assert.equal(silences(), 0);
  pass(6_000);
  assert.equal(silences(), 1);
});

test('after stop nothing is reported', (context) => {
  const { watch, pass, stop, silences } = watched(context);
  watch();
  stop();
  pass(60_000);
  assert.equal(silences(), 0);
});
