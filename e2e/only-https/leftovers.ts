// Walled networks do not outlive the processes that made them by more than one run.
import assert from 'node:assert/strict';
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { WalledNetwork } from '../harness/walled-network.ts';

const OPTIONS = { port: 443, name: 'moon.example' };

if (process.env.WALLED === undefined) tests();
else {
  await WalledNetwork.create(OPTIONS);
  // Stays until it is killed.
  setInterval(() => {}, 60_000);
  process.send?.('created');
}

function tests(): void {
  test('one of a process that is interrupted goes with it', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const child = await processWithNetwork();
      await end(child, signal);
      assert.deepEqual(namespacesOf(child), []);
    }
  });

  test('one of a process that was killed is removed by the next, and that of one that runs is not', async () => {
    const [killed, running] = [await processWithNetwork(), await processWithNetwork()];
    await end(killed, 'SIGKILL');
    assert.equal(namespacesOf(killed).length, 1);
    const network = await WalledNetwork.create(OPTIONS);
    assert.deepEqual([namespacesOf(killed).length, namespacesOf(running).length], [0, 1]);
    await network.close();
    await end(running, 'SIGTERM');
  });
}

/** A process that has made one. */
async function processWithNetwork(): Promise<ChildProcess> {
  const child = fork(fileURLToPath(import.meta.url), { execArgv: [], env: { ...process.env, WALLED: '1' } });
  await once(child, 'message');
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  await once(child, 'exit');
}

function namespacesOf({ pid }: ChildProcess): string[] {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.startsWith(`moonshare-${pid}-`));
}
