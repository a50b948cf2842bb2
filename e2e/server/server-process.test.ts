// The server as people run it, with a real host and real streamer processes. A process costs most of a CPU second until it does
// something, so one host and three servers, one after another on the same data, serve all tests.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { childrenOf, isAlive, until } from '../../packages/server/testing/processes.ts';
import { startRealHost } from '../../packages/server/testing/real-host.ts';
import { realRequest } from '../../packages/server/testing/real-server.ts';
import { temporaryDirectory } from '../../packages/server/testing/temporary-directory.ts';
import { CREDENTIALS, call, TestPeer } from '../../packages/server/testing/test-server.ts';

const PIN = '4711';
const BEARER = { authorization: `Bearer ${CREDENTIALS}` };
const STREAMER_MAIN = 'streamer/main.ts';

interface Serving {
  pid: number;
  call(method: string, path: string, body?: unknown): ReturnType<typeof call>;
  peer(path: string): TestPeer;
  streamers(): number[];
  /** Ends it and resolves with its exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** `moonshare serve` as people run it. */
async function serve(context: TestContext, environment: Record<string, string>): Promise<Serving> {
  const port = 20_000 + Math.floor(Math.random() * 12_000);
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../../packages/server/cli/moonshare.ts', import.meta.url)), 'serve'],
    {
      env: {
        ...process.env,
        PORT: '0',
        MOONSHARE_CREDENTIALS: CREDENTIALS,
        MOONSHARE_UDP_PORTS: `${port}-${port + 20}`,
        MOONSHARE_LOG_LEVEL: 'error',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const exit = once(child, 'exit');
  context.after(() => child.kill('SIGKILL'));
  const [line] = await once(createInterface(child.stdout), 'line');
  const url = /http:\S+[^/]/.exec(String(line))![0];
  return {
    pid: child.pid!,
    call: (method, path, body) => call(url + path, method, body, {}),
    peer: (path) => new TestPeer(url.replace('http', 'ws') + path, BEARER),
    streamers: () => childrenOf(child.pid!, STREAMER_MAIN),
    end: async (signal) => {
      child.kill(signal);
      return (await exit)[0];
    },
  };
}

test('a server, its streamers and a host, from the first start to kill -9', async (context) => {
  const data = temporaryDirectory(context, 'moonshare-real-');
  const host = await startRealHost(context, PIN);
  const start = () =>
    serve(context, {
      MOONSHARE_DATA: data,
      MOONSHARE_HOSTS: `${host.address}:${host.httpPort}`,
      MOONLIGHT_INTERNAL_PAIRING_PIN: PIN,
    });
  const nothingRuns = async () => {
    const { app, sessions } = await host.state();
    assert.deepEqual([app, sessions], [null, []]);
  };
  const first = await start();
  const isActive = async (server: Serving, id: string) =>
    (await server.call('GET', `/api/streamers/${id}`)).body.status === 'active';

  await context.test(
    'a streamer runs with nobody looking, and DELETE leaves no process and no host session',
    async () => {
      const { status, body } = await first.call('POST', '/api/streamers', realRequest('a'));
      assert.deepEqual([status, body.status, body.moonlight_connected], [200, 'active', true]);
      const [pid] = first.streamers();
      assert.ok(pid !== undefined);
      const { sessions, pairedClients } = await host.state();
      assert.deepEqual([sessions.length, pairedClients], [1, 1]);
      assert.equal((await first.call('DELETE', '/api/streamers/a')).status, 204);
      assert.equal(isAlive(pid), false);
      await nothingRuns();
    },
  );

  await context.test('protocol/4 §7.14: successive streamers are one entry in the host’s list of clients', async () => {
    assert.equal((await first.call('POST', '/api/streamers', realRequest('b'))).status, 200);
    assert.equal((await host.state()).pairedClients, 1);
  });

  await context.test('protocol/4 §7.5: a late viewer receives the app and the completed connection', async () => {
    for (const _viewer of [1, 2]) {
      const peer = first.peer('/api/streamers/b/peer');
      await peer.message((message) => JSON.stringify(message).includes('UpdateApp'));
      await peer.message((message) => JSON.stringify(message).includes('ConnectionComplete'));
    }
  });

  await context.test(
    'kill -9 of a streamer: the next process resumes the session, and DELETE leaves nothing',
    async () => {
      const peer = first.peer('/api/streamers/b/peer');
      await peer.message((message) => JSON.stringify(message).includes('ConnectionComplete'));
      const [pid] = first.streamers();
      process.kill(pid!, 'SIGKILL');
      const configurations = () => peer.messages.filter((message) => JSON.stringify(message).includes('WebRtcConfig'));
      await until(() => configurations().length === 2, 30_000);
      await until(() => isActive(first, 'b'), 30_000);
      assert.notDeepEqual(first.streamers(), [pid]);
      // The host notices by itself that the killed process is gone.
      await until(async () => (await host.state()).sessions.length === 1, 30_000);
      const { app, pairedClients } = await host.state();
      assert.deepEqual([app !== null, pairedClients], [true, 1]);
      assert.equal((await first.call('DELETE', '/api/streamers/b')).status, 204);
      assert.deepEqual(await peer.closed, { code: 4410, reason: 'STREAMER_STOPPED' });
      await nothingRuns();
    },
  );

  await context.test('SIGTERM ends sessions, peers and processes, and the server exits with 0', async () => {
    await first.call('POST', '/api/streamers', realRequest('c'));
    const peer = first.peer('/api/streamers/c/peer');
    await peer.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
    const [pid] = first.streamers();
    assert.equal(await first.end('SIGTERM'), 0);
    assert.deepEqual(await peer.closed, { code: 4410, reason: 'STREAMER_STOPPED' });
    assert.equal(isAlive(pid!), false);
    await nothingRuns();
  });

  const second = await start();
  const { streamer_id: _, ...wanted } = realRequest('d');
  let appStarts = 0;

  await context.test('protocol/4 §7.14: the pairing survives a restart of the server', async () => {
    assert.equal((await second.call('PUT', '/api/streamers/d', wanted)).status, 200);
    const state = await host.state();
    assert.equal(state.pairedClients, 1);
    appStarts = state.appStarts;
  });

  await context.test(
    'SIGTERM leaves the app of a desired streamer running and lets its viewers come back',
    async () => {
      const [page, older] = [second.peer('/api/streamers/d/peer?events=1'), second.peer('/api/streamers/d/peer')];
      for (const peer of [page, older]) {
        await peer.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
      }
      assert.equal(await second.end('SIGTERM'), 0);
      for (const peer of [page, older]) {
        assert.deepEqual(await peer.closed, { code: 4503, reason: 'SHUTTING_DOWN' });
      }
      assert.ok(!page.messages.includes('PeerDisconnect'));
      assert.equal(older.messages.at(-1), 'PeerDisconnect');
      const left = await host.state();
      assert.deepEqual([left.sessions, left.app === null, left.appStarts], [[], false, appStarts]);
    },
  );

  const third = await start();

  await context.test('a desired streamer continues in its app after the restart, and DELETE ends both', async () => {
    await until(() => isActive(third, 'd'), 30_000);
    assert.equal((await host.state()).appStarts, appStarts);
    assert.equal((await third.call('DELETE', '/api/streamers/d')).status, 204);
    await nothingRuns();
  });

  await context.test(
    'protocol/4 §7.13: kill -9 of the server leaves no streamer and no host session for more than 10 s',
    async () => {
      await third.call('POST', '/api/streamers', realRequest('e'));
      const [pid] = third.streamers();
      await third.end('SIGKILL');
      await until(() => !isAlive(pid!));
      await until(async () => (await host.state()).sessions.length === 0);
    },
  );
});
