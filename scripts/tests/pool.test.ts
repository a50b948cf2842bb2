import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { inPool, type PoolLimits } from './pool.ts';

const LIMITS: PoolLimits = { least: 3, most: 5, heavy: { least: 1, most: 2 } };

/** A run of tasks that end when told to; `H` are heavy ones. `running` are those that have started and not ended. */
function run(context: TestContext, names: readonly string[], idle: () => number) {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const running: string[] = [];
  const ends = new Map<string, () => void>();
  const tasks = names.map((name) => ({
    isHeavy: name.startsWith('H'),
    run: async () => {
      running.push(name);
      await new Promise<void>((resolve) => ends.set(name, resolve));
      running.splice(running.indexOf(name), 1);
    },
  }));
  return {
    running,
    done: inPool(tasks, LIMITS, idle),
    second: () => context.mock.timers.tick(1_000),
    end: async (name: string) => {
      ends.get(name)!();
      await turn();
    },
  };
}

test('tasks run in order, and light ones overtake heavy ones that have to wait', async (context) => {
  const { running, done, second, end } = run(context, ['H1', 'H2', 'a', 'b', 'c'], () => 0);
  assert.deepEqual(running, ['H1', 'a', 'b']);
  second();
  await end('a');
  assert.deepEqual(running, ['H1', 'b', 'c']);
  await end('H1');
  assert.deepEqual(running, ['b', 'c', 'H2']);
  for (const name of ['b', 'H2', 'c']) await end(name);
  await done;
});

test('while processors are idle more tasks start, one a second, up to a limit', async (context) => {
  let idle = 1;
  const { running, done, second, end } = run(context, ['H1', 'H2', 'H3', 'a', 'b', 'c', 'd', 'e'], () => idle);
  second();
  assert.deepEqual(running, ['H1', 'a', 'b', 'H2']);
  second();
  second();
  assert.deepEqual(running, ['H1', 'a', 'b', 'H2', 'c']);
  idle = 0;
  await end('a');
  await end('b');
  second();
  assert.deepEqual(running, ['H1', 'H2', 'c']);
  await end('c');
  assert.deepEqual(running, ['H1', 'H2', 'd']);
  for (const name of ['H1', 'H2', 'd', 'e', 'H3']) await end(name);
  await done;
});
