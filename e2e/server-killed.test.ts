import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { childrenOf } from '../packages/server/testing/processes.ts';
import { Api, CREDENTIALS } from './harness/api.ts';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium } from './harness/chromium.ts';
import { type Command, isAlive, run, streamersOf } from './harness/processes.ts';
import { environment, newDataDirectory } from './harness/stack.ts';
import { ViewerPage } from './harness/viewer-page.ts';
import { poll, TestHost } from './harness/virtual-host.ts';

let browser: Browser;
let host: TestHost;
let data: string;
let env: Record<string, string>;
let server: Command;
let api: Api;

before(async () => {
  await buildWeb();
  [browser, host, data] = await Promise.all([launchChromium(), TestHost.start(), newDataDirectory()]);
  env = environment(host, data);
  await serve();
  await api.pair();
});
after(async () => {
  server.process.kill('SIGCONT');
  server.process.kill('SIGTERM');
  await server.exited;
  await browser.close();
  await host.close();
  await rm(data, { recursive: true });
});

async function serve(): Promise<void> {
  server = run(process.execPath, ['packages/server/cli/moonshare.ts', 'serve'], env);
  const line = await server.line(/^Moonshare listens on /);
  api = new Api(line.replace('Moonshare listens on ', '').replace(/\/$/, ''));
  // Pages come back to the same address.
  env.PORT = new URL(api.url).port;
}

/** Has a picture taken of the streamer: the process of the decoder, which is kept for a moment. */
async function decoderOf(id: string): Promise<number> {
  await api.call('GET', `/api/streamers/${id}/screenshot?timeout_ms=60000`).catch(() => {});
  const [decoder] = childrenOf(server.process.pid!, 'packages/tap/main.ts');
  assert.ok(decoder !== undefined);
  return decoder;
}

/** The shared credentials open a link like a token of its own. */
function watch(id: string): Promise<ViewerPage> {
  return ViewerPage.open(browser, `${api.url}/s/${id}#token=${CREDENTIALS}`);
}

test('a server that was stopped for longer than its own timeouts declares nobody silent, and the picture goes on', async () => {
  await api.createStreamer('patient');
  const viewer = await watch('patient');
  await viewer.frames(5);
  const before = { pids: await streamersOf(server.process.pid!), peers: (await api.streamer('patient')).peers };

  // The server is not in the picture's path, and waits six seconds for a streamer.
  server.process.kill('SIGSTOP');
  const goOnAt = performance.now() + 8_000;
  const numbers: number[] = [];
  while (performance.now() < goOnAt) numbers.push(...(await viewer.frames(5)));
  server.process.kill('SIGCONT');
  assert.ok(numbers.at(-1)! > numbers[0]!, numbers.join());
  await viewer.frames(30);
  const { status, peers } = await api.streamer('patient');
  assert.deepEqual([status, peers, await streamersOf(server.process.pid!)], ['active', before.peers, before.pids]);
  await viewer.close();
  await api.call('DELETE', '/api/streamers/patient');
});

test('when the server is killed the page says so, no streamer survives, and the page finds the next server', async () => {
  await api.createStreamer('orphan');
  const [streamer] = await streamersOf(server.process.pid!);
  const viewer = await watch('orphan');
  await viewer.frames(5);
  const decoder = await decoderOf('orphan');

  server.process.kill('SIGKILL');
  await viewer.says(/The server is not responding/);
  await viewer.says(/Retrying automatically/);
  await poll(
    'the streamer and its decoder to end by themselves',
    async () => (await isAlive(streamer!)) || (await isAlive(decoder)),
    (alive) => !alive,
  );
  await host.until('no session', ({ sessions }) => sessions.length === 0);

  await serve();
  await viewer.says(/Stream not found/);
  await viewer.close();
});

test('a streamer suspended while its server is killed is ended by the next server, and leaves nothing on the host', async () => {
  await api.createStreamer('stopped');
  const [streamer] = await streamersOf(server.process.pid!);
  const decoder = await decoderOf('stopped');
  process.kill(streamer!, 'SIGSTOP');
  process.kill(decoder, 'SIGSTOP');
  server.process.kill('SIGKILL');
  await server.exited;
  assert.equal(await isAlive(streamer!), true);

  await serve();
  await poll(
    'the streamer and its decoder to end',
    async () => (await isAlive(streamer!)) || (await isAlive(decoder)),
    (alive) => !alive,
  );
  await host.until('no session, no app', ({ sessions, app }) => sessions.length === 0 && app === null);
});
