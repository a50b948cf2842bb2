// The server with a real host and real streamer processes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { childrenOf, isAlive, until } from './testing/processes.ts';
import { type RealHost, startRealHost } from './testing/real-host.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';
import { CREDENTIALS, call, pairChunks, streamerRequest, TestPeer } from './testing/test-server.ts';

const PIN = '4711';
const DESKTOP = 881448767;
const BEARER = { authorization: `Bearer ${CREDENTIALS}` };
const STREAMER_MAIN = 'streamer/main.ts';

interface Serving {
  pid: number;
  call(method: string, path: string, body?: unknown): ReturnType<typeof call>;
  pair(hostId: number): AsyncGenerator<unknown>;
  peer(path: string): TestPeer;
  streamers(): number[];
  /** Ends it and resolves with its exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** `moonshare serve` as people run it. */
async function serve(context: TestContext, environment: Record<string, string>): Promise<Serving> {
  const port = 20_000 + Math.floor(Math.random() * 12_000);
  const child = spawn(process.execPath, [fileURLToPath(new URL('cli/moonshare.ts', import.meta.url)), 'serve'], {
    env: {
      ...process.env,
      PORT: '0',
      MOONSHARE_CREDENTIALS: CREDENTIALS,
      MOONSHARE_UDP_PORTS: `${port}-${port + 20}`,
      MOONSHARE_LOG_LEVEL: 'error',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  context.after(() => child.kill('SIGKILL'));
  const [line] = await once(createInterface(child.stdout), 'line');
  const url = /http:\S+[^/]/.exec(String(line))![0];
  return {
    pid: child.pid!,
    call: (method, path, body) => call(url + path, method, body, {}),
    pair: (hostId) => pairChunks(url, hostId),
    peer: (path) => new TestPeer(url.replace('http', 'ws') + path, BEARER),
    streamers: () => childrenOf(child.pid!, STREAMER_MAIN),
    end: async (signal) => {
      child.kill(signal);
      return (await exit)[0];
    },
  };
}

async function serveHost(context: TestContext): Promise<{ host: RealHost; server: Serving; data: string }> {
  const data = temporaryDirectory(context, 'moonshare-real-');
  const host = await startRealHost(context, PIN);
  const server = await serve(context, hostEnvironment(host, data));
  return { host, server, data };
}

function hostEnvironment(host: RealHost, data: string): Record<string, string> {
  return {
    MOONSHARE_DATA: data,
    MOONSHARE_HOSTS: `${host.address}:${host.httpPort}`,
    MOONLIGHT_INTERNAL_PAIRING_PIN: PIN,
  };
}

function request(id: string): Record<string, unknown> {
  return streamerRequest(id, { app_id: DESKTOP, width: 640, height: 360, fps: 30 });
}

test('a streamer runs on a real host with nobody looking, and DELETE leaves no process and no host session', async (context) => {
  const { host, server } = await serveHost(context);
  const { status, body } = await server.call('POST', '/api/streamers', request('a'));
  assert.deepEqual([status, body.status, body.moonlight_connected], [200, 'active', true]);
  const [pid] = server.streamers();
  assert.ok(pid !== undefined);
  const { sessions, pairedClients } = await host.state();
  assert.deepEqual([sessions.length, pairedClients], [1, 1]);
  assert.equal((await server.call('DELETE', '/api/streamers/a')).status, 204);
  assert.equal(isAlive(pid), false);
  const after = await host.state();
  assert.deepEqual([after.sessions, after.app], [[], null]);
});

test('pairing by REST with the PIN typed at the host', async (context) => {
  const data = temporaryDirectory(context, 'moonshare-real-');
  const host = await startRealHost(context, null);
  const server = await serve(context, { MOONSHARE_DATA: data });
  const added = await server.call('PUT', '/api/host', { address: host.address, http_port: host.httpPort });
  assert.equal(added.body.host.paired, 'NotPaired');
  const lines: unknown[] = [];
  for await (const line of server.pair(0)) {
    lines.push(line);
    if (lines.length === 1) await host.typePin((line as { Pin: string }).Pin);
  }
  assert.equal((lines[1] as { Paired: { paired: string } }).Paired.paired, 'Paired');
  const { body } = await server.call('GET', '/api/apps?host_id=0');
  assert.equal(body.apps[0].title, 'Desktop');
});

test('protocol/4 §7.14: the pairing outlives the server', async (context) => {
  const { host, server, data } = await serveHost(context);
  await server.call('POST', '/api/streamers', request('a'));
  assert.equal(await server.end('SIGTERM'), 0);
  const again = await serve(context, hostEnvironment(host, data));
  assert.equal((await again.call('POST', '/api/streamers', request('a'))).status, 200);
  assert.equal((await host.state()).pairedClients, 1);
  await again.end('SIGTERM');
});

test('SIGTERM ends sessions, peers and processes, with exit code 0', async (context) => {
  const { host, server } = await serveHost(context);
  await server.call('POST', '/api/streamers', request('a'));
  const peer = server.peer('/api/streamers/a/peer');
  await peer.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
  const [pid] = server.streamers();
  assert.equal(await server.end('SIGTERM'), 0);
  assert.deepEqual(await peer.closed, { code: 4410, reason: 'STREAMER_STOPPED' });
  assert.equal(isAlive(pid!), false);
  const { sessions, app } = await host.state();
  assert.deepEqual([sessions, app], [[], null]);
});

test('protocol/4 §7.13: kill -9 of the server leaves no streamer and no host session for more than 10 s', async (context) => {
  const { host, server } = await serveHost(context);
  await server.call('POST', '/api/streamers', request('a'));
  const [pid] = server.streamers();
  await server.end('SIGKILL');
  await until(() => !isAlive(pid!));
  await until(async () => (await host.state()).sessions.length === 0);
});

test('kill -9 of a streamer: the next process resumes the session, and DELETE leaves nothing', async (context) => {
  const { host, server } = await serveHost(context);
  await server.call('POST', '/api/streamers', request('a'));
  const peer = server.peer('/api/streamers/a/peer');
  await peer.message((message) => JSON.stringify(message).includes('ConnectionComplete'));
  const [pid] = server.streamers();
  process.kill(pid!, 'SIGKILL');
  const configurations = () => peer.messages.filter((message) => JSON.stringify(message).includes('WebRtcConfig'));
  await until(() => configurations().length === 2, 30_000);
  await until(async () => (await server.call('GET', '/api/streamers/a')).body.status === 'active', 30_000);
  assert.notDeepEqual(server.streamers(), [pid]);
  // The host notices by itself that the killed one is gone.
  await until(async () => (await host.state()).sessions.length === 1, 30_000);
  const { app, pairedClients } = await host.state();
  assert.deepEqual([app !== null, pairedClients], [true, 1]);
  assert.equal((await server.call('DELETE', '/api/streamers/a')).status, 204);
  assert.deepEqual(await peer.closed, { code: 4410, reason: 'STREAMER_STOPPED' });
  assert.deepEqual([(await host.state()).app, (await host.state()).sessions], [null, []]);
});

test('protocol/4 §7.14: streamers one after another are one entry in the list of clients of a real host', async (context) => {
  const { host, server } = await serveHost(context);
  for (const id of ['a', 'b']) {
    assert.equal((await server.call('POST', '/api/streamers', request(id))).status, 200);
    assert.equal((await server.call('DELETE', `/api/streamers/${id}`)).status, 204);
  }
  assert.equal((await host.state()).pairedClients, 1);
});

test('protocol/4 §7.5: who joins late is told the app and that the connection is complete', async (context) => {
  const { server } = await serveHost(context);
  await server.call('POST', '/api/streamers', request('a'));
  for (const _viewer of [1, 2]) {
    const peer = server.peer('/api/streamers/a/peer');
    await peer.message((message) => JSON.stringify(message).includes('UpdateApp'));
    await peer.message((message) => JSON.stringify(message).includes('ConnectionComplete'));
  }
});

test('a host that dies fails the start with its code', async (context) => {
  const { host, server } = await serveHost(context);
  await host.close();
  const { status, body } = await server.call('POST', '/api/streamers', request('a'));
  assert.deepEqual([status, body.code], [502, 'HOST_UNREACHABLE']);
});

test('SIGTERM leaves the app of a wanted streamer running, tells its viewers to come back, and DELETE after the restart ends it', async (context) => {
  const { host, server, data } = await serveHost(context);
  const { streamer_id: _, ...body } = request('a');
  await server.call('PUT', '/api/streamers/a', body);
  const [page, older] = [server.peer('/api/streamers/a/peer?events=1'), server.peer('/api/streamers/a/peer')];
  for (const peer of [page, older]) await peer.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
  assert.equal(await server.end('SIGTERM'), 0);
  for (const peer of [page, older]) assert.deepEqual(await peer.closed, { code: 4503, reason: 'SHUTTING_DOWN' });
  assert.ok(!page.messages.includes('PeerDisconnect'));
  assert.equal(older.messages.at(-1), 'PeerDisconnect');
  const left = await host.state();
  assert.deepEqual([left.sessions, left.app === null, left.appStarts], [[], false, 1]);

  const again = await serve(context, hostEnvironment(host, data));
  await until(async () => (await again.call('GET', '/api/streamers/a')).body.status === 'active', 30_000);
  assert.equal((await host.state()).appStarts, 1);
  assert.equal((await again.call('DELETE', '/api/streamers/a')).status, 204);
  const { sessions, app } = await host.state();
  assert.deepEqual([sessions, app], [[], null]);
  await again.end('SIGTERM');
});
