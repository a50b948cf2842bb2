import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

/** As where nobody has installed it. */
const WITHOUT_NODE_AV = `--import=data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({ resolve: (name, context, next) => next(name.replace(/^node-av(?=$|[/])/, 'node-av-is-not-here'), context) });
`)}`;

function start(...execArgv: string[]) {
  return fork(new URL('./main.ts', import.meta.url), { serialization: 'advanced', execArgv });
}

test('without node-av it says so and ends', async () => {
  const tap = start(WITHOUT_NODE_AV);
  const exited = once(tap, 'exit');
  const [message] = await once(tap, 'message');
  assert.equal(message.type, 'missing');
  assert.match(message.reason, /node-av/);
  assert.deepEqual(await exited, [0, null]);
});

test('it ends with its server', async () => {
  const tap = start();
  const exited = once(tap, 'exit');
  for (let type = ''; type !== 'ready'; ) [{ type }] = await once(tap, 'message');
  tap.disconnect();
  assert.deepEqual(await exited, [0, null]);
});
