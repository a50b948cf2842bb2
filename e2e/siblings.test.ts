import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { Api } from './harness/api.ts';
import { run, streamersOf } from './harness/processes.ts';
import { environment, newDataDirectory, Stack } from './harness/stack.ts';
import { poll, TestHost } from './harness/virtual-host.ts';

// Streamers that share a host, where one cancel ends everything (protocol/1 §7.3).

async function until(stack: Stack, id: string, wanted: string): Promise<void> {
  await poll(
    `${id} to be ${wanted}`,
    () => stack.api.streamer(id),
    ({ status }) => status === wanted,
  );
}

describe('of two streamers on a host', () => {
  let stack: Stack;
  /** The process and the host session of the one that nothing happens to. */
  let sibling: number;
  let session: { id: number };
  before(async () => {
    stack = await Stack.start({ sessions: 4 });
    await stack.api.createStreamer('other');
    [sibling] = (await streamersOf(process.pid)) as [number];
    session = (await stack.host.state()).sessions[0]!;
    await stack.api.createStreamer('one');
  });
  after(() => stack?.close());

  for (const signal of ['SIGTERM', 'SIGKILL'] as const)
    test(`a process ended by ${signal} is restarted, and its sibling is not affected`, async () => {
      const victim = (await streamersOf(process.pid)).find((pid) => pid !== sibling);
      process.kill(victim!, signal);
      await until(stack, 'one', 'reconnecting');
      await until(stack, 'one', 'active');
      // The host notices later that the killed streamer's session is dead.
      const { sessions } = await stack.host.until('two sessions', (state) => state.sessions.length === 2);
      assert.ok(
        sessions.some(({ id }) => id === session.id),
        JSON.stringify({ session, sessions }),
      );
      assert.equal((await stack.api.streamer('other')).status, 'active');
      assert.ok((await streamersOf(process.pid)).includes(sibling));
    });
});

test('SIGTERM to all processes of a service at once, as systemd sends it, leaves nothing on the host', async () => {
  const host = await TestHost.start({ sessions: 4 });
  const data = await newDataDirectory();
  const server = run(process.execPath, ['packages/server/cli/moonshare.ts', 'serve'], environment(host, data));
  try {
    const line = await server.line(/^Moonshare listens on /);
    const api = new Api(line.replace('Moonshare listens on ', '').replace(/\/$/, ''));
    await api.pair();
    for (const id of ['one', 'other']) await api.createStreamer(id);
    const streamers = await streamersOf(server.process.pid!);
    assert.equal(streamers.length, 2);
    for (const pid of [...streamers, server.process.pid!]) process.kill(pid, 'SIGTERM');
    await server.exited;
    const { sessions, app } = await host.state();
    assert.deepEqual([server.process.exitCode, sessions, app], [0, [], null]);
  } finally {
    server.process.kill('SIGKILL');
    await server.exited;
    await host.close();
    await rm(data, { recursive: true });
  }
});
