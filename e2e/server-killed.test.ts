import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import { Api, CREDENTIALS } from './harness/api.ts';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium } from './harness/chromium.ts';
import { type Command, isAlive, run, streamersOf } from './harness/processes.ts';
import { environment, newDataDirectory } from './harness/stack.ts';
import { ViewerPage } from './harness/viewer-page.ts';
import { poll, TestHost } from './harness/virtual-host.ts';

function serve(env: Record<string, string>): Command {
  return run(process.execPath, ['packages/server/cli/moonshare.ts', 'serve'], env);
}

async function urlOf(server: Command): Promise<string> {
  const line = await server.line(/^Moonshare listens on /);
  return line.replace('Moonshare listens on ', '').replace(/\/$/, '');
}

test('when the server is killed the page says so, no streamer survives, and the page finds the next server', async () => {
  await buildWeb();
  const host = await TestHost.start();
  const data = await newDataDirectory();
  const env = environment(host, data);
  let server = serve(env);
  const browser = await launchChromium();
  try {
    const url = await urlOf(server);
    const api = new Api(url);
    await api.pair();
    await api.createStreamer('orphan');
    const [streamer] = await streamersOf(server.process.pid!);
    // The shared credentials open a link like a token of its own.
    const viewer = await ViewerPage.open(browser, `${url}/s/orphan#token=${CREDENTIALS}`);
    await viewer.frames(5);

    server.process.kill('SIGKILL');
    await viewer.says(/The server is not responding/);
    await viewer.says(/Retrying automatically/);
    await poll(
      'the streamer to end by itself',
      () => isAlive(streamer!),
      (alive) => !alive,
    );
    await host.until('no session', ({ sessions }) => sessions.length === 0);

    server = serve({ ...env, PORT: new URL(url).port });
    await urlOf(server);
    await viewer.says(/Stream not found/);
    await viewer.close();
  } finally {
    server.process.kill('SIGTERM');
    await server.exited;
    await browser.close();
    await host.close();
    await rm(data, { recursive: true });
  }
});

test('a server that was stopped for longer than its own timeouts declares nobody silent, and the picture goes on', async () => {
  const host = await TestHost.start();
  const data = await newDataDirectory();
  const server = serve(environment(host, data));
  const browser = await launchChromium();
  try {
    const url = await urlOf(server);
    const api = new Api(url);
    await api.pair();
    await api.createStreamer('patient');
    const viewer = await ViewerPage.open(browser, `${url}/s/patient#token=${CREDENTIALS}`);
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
  } finally {
    server.process.kill('SIGCONT');
    server.process.kill('SIGTERM');
    await server.exited;
    await browser.close();
    await host.close();
    await rm(data, { recursive: true });
  }
});

test('a streamer suspended while its server is killed is ended by the next server, and leaves nothing on the host', async () => {
  const host = await TestHost.start();
  const data = await newDataDirectory();
  const env = environment(host, data);
  let server = serve(env);
  try {
    const api = new Api(await urlOf(server));
    await api.pair();
    await api.createStreamer('stopped');
    const [streamer] = await streamersOf(server.process.pid!);
    process.kill(streamer!, 'SIGSTOP');
    server.process.kill('SIGKILL');
    await server.exited;
    assert.equal(await isAlive(streamer!), true);

    server = serve(env);
    await urlOf(server);
    await poll(
      'the streamer to end',
      () => isAlive(streamer!),
      (alive) => !alive,
    );
    await host.until('no session, no app', ({ sessions, app }) => sessions.length === 0 && app === null);
  } finally {
    server.process.kill('SIGTERM');
    await server.exited;
    await host.close();
    await rm(data, { recursive: true });
  }
});

test('a streamer set by PUT returns after a server kill, with the picture in its page; SIGTERM leaves no process', async () => {
  const host = await TestHost.start();
  const data = await newDataDirectory();
  const env = environment(host, data);
  let server = serve(env);
  const browser = await launchChromium();
  try {
    const url = await urlOf(server);
    const api = new Api(url);
    await api.pair();
    await api.ensureStreamer('wanted');
    const viewer = await ViewerPage.open(browser, `${url}/s/wanted#token=${CREDENTIALS}`);
    await viewer.frames(5);

    server.process.kill('SIGKILL');
    await viewer.says(/The server is not responding/);
    server = serve({ ...env, PORT: new URL(url).port });
    await urlOf(server);
    await poll(
      'the desired streamer',
      () => api.streamer('wanted'),
      ({ status }) => status === 'active',
    );
    await viewer.waitForPicture();
    await viewer.frames(5);
    await host.until('one session', ({ sessions }) => sessions.length === 1);

    const [streamer] = await streamersOf(server.process.pid!);
    server.process.kill('SIGTERM');
    await server.exited;
    assert.equal(await isAlive(streamer!), false);
    assert.deepEqual((await host.state()).sessions, []);
    await viewer.close();
  } finally {
    server.process.kill('SIGTERM');
    await server.exited;
    await browser.close();
    await host.close();
    await rm(data, { recursive: true });
  }
});
