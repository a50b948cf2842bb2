import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { pollWhileVisible } from './poll-while-visible.ts';

/** The part of a tab that matters. */
class Tab extends EventTarget {
  hidden = false;

  show(visible: boolean): void {
    this.hidden = !visible;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

/** Runs of the task that wait to be finished. */
function rounds(context: TestContext) {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const tab = new Tab();
  const open: (() => void)[] = [];
  const seen = { begun: 0 };
  const stop = pollWhileVisible(tab, {
    everyMs: 2000,
    task: () => {
      seen.begun += 1;
      return new Promise((resolve) => open.push(resolve));
    },
  });
  const finish = async (): Promise<void> => {
    open.shift()?.();
    await new Promise(setImmediate);
  };
  return { tab, seen, stop, finish, tick: (ms: number) => context.mock.timers.tick(ms) };
}

test('the next run starts a while after the last has ended, never during it', async (context) => {
  const { seen, finish, tick } = rounds(context);
  assert.equal(seen.begun, 1);
  tick(10_000);
  assert.equal(seen.begun, 1);
  await finish();
  tick(1999);
  assert.equal(seen.begun, 1);
  tick(1);
  assert.equal(seen.begun, 2);
});

test('a hidden tab does not poll, and polls at once when it is visible again', async (context) => {
  const { tab, seen, finish, tick } = rounds(context);
  await finish();
  tab.show(false);
  tick(60_000);
  assert.equal(seen.begun, 1);
  tab.show(true);
  assert.equal(seen.begun, 2);
  // Visible again during a run: that one is enough.
  tab.show(false);
  tab.show(true);
  assert.equal(seen.begun, 2);
  await finish();
  tick(2000);
  assert.equal(seen.begun, 3);
});

test('after it has been stopped there are no more runs, whatever was in progress', async (context) => {
  const { tab, seen, stop, finish, tick } = rounds(context);
  stop();
  await finish();
  tick(60_000);
  tab.show(true);
  assert.equal(seen.begun, 1);
});
