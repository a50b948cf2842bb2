import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
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

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`a streamer process ended by ${signal} is restarted, and its sibling on the host is not affected`, async () => {
    const stack = await Stack.start({ sessions: 4 });
    try {
      await stack.api.createStreamer('one');
      const [victim] = await streamersOf(process.pid);
      const first = (await stack.host.state()).sessions[0]!.id;
      await stack.api.createStreamer('other');
      const theirs = (await stack.host.state()).sessions.find(({ id }) => id !== first)!;

      process.kill(victim!, signal);
      await until(stack, 'one', 'reconnecting');
      await until(stack, 'one', 'active');
      // The host notices later that the killed streamer's session is dead.
      await stack.host.until('two sessions', ({ sessions }) => sessions.length === 2);
      const { sessions } = await stack.host.state();
      assert.ok(
        sessions.some(({ id }) => id === theirs.id),
        JSON.stringify({ theirs, sessions }),
      );
      assert.equal((await stack.api.streamer('other')).status, 'active');
    } finally {
      await stack.close();
    }
  });
}

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
