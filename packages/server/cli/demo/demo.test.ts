// The demo as people start it: a process, its two streams, its signals.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MoonshareError } from '@moonshare/contract';
import { childrenOf, isAlive } from '../../testing/processes.ts';
import { startRealHost } from '../../testing/real-host.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { TestPeer } from '../../testing/test-server.ts';
import { chooseApp } from '../choose-app.ts';

function startDemo(context: TestContext, environment: Record<string, string>, ...args: string[]): ChildProcess {
  const udp = 20_000 + Math.floor(Math.random() * 12_000);
  const child = spawn(process.execPath, [fileURLToPath(new URL('../moonshare.ts', import.meta.url)), 'demo', ...args], {
    env: { ...process.env, PORT: '0', MOONSHARE_UDP_PORTS: `${udp}-${udp + 20}`, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  context.after(() => child.kill('SIGKILL'));
  return child;
}

/** The first line of a stream that holds. */
async function line(stream: NodeJS.ReadableStream, holds: (line: string) => boolean): Promise<string> {
  for await (const read of createInterface(stream)) if (holds(read)) return read;
  throw new Error('The stream ended');
}

async function joinByLink(link: URL): Promise<TestPeer> {
  const headers = { authorization: `Bearer ${new URLSearchParams(link.hash.slice(1)).get('token')}` };
  const answer = await fetch(new URL('/api/streamers/demo/token', link), { method: 'POST', headers });
  const { token } = (await answer.json()) as { token: string };
  return new TestPeer(`ws://${link.host}/api/streamers/demo/peer?token=${token}&events=1`, {});
}

test('the demo prints one link that leads to a running stream, and Ctrl+C ends everything', async (context) => {
  const child = startDemo(context, {});
  const output = text(child.stdout!.pipe(new (await import('node:stream')).PassThrough()));
  const link = new URL(await line(child.stdout!, () => true));
  assert.equal(link.pathname, '/s/demo');
  const page = await fetch(link);
  assert.match(page.headers.get('content-type') ?? '', /text\/html/);
  const html = await page.text();
  assert.match(html, /<head><base href="\/">/);
  const script = await fetch(new URL(/src="([^"]+\.js)"/.exec(html)![1]!, new URL('/', link)));
  assert.match(script.headers.get('content-type') ?? '', /javascript/);
  const peer = await joinByLink(link);
  await peer.message((message) => JSON.stringify(message).includes('"status":"active"'));
  await peer.message((message) => JSON.stringify(message).includes('ConnectionComplete'));

  const children = [...childrenOf(child.pid!, 'streamer/main.ts'), ...childrenOf(child.pid!, 'virtual-host/main.ts')];
  assert.equal(children.length, 2);
  child.kill('SIGINT');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  for (const pid of children) assert.equal(isAlive(pid), false);
  await peer.closed;
  assert.equal((await output).trim(), link.href);
});

test('a port that is taken is one clear line and exit code 1', async (context) => {
  const taken = createServer();
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
  context.after(() => taken.close());
  const { port } = taken.address() as { port: number };
  const child = startDemo(context, { PORT: String(port) });
  const [complaint] = await Promise.all([text(child.stderr!), once(child, 'exit')]);
  assert.equal(child.exitCode, 1);
  assert.match(complaint, new RegExp(`^moonshare: Port ${port} on 127.0.0.1 is taken\\. .*PORT=.*\\n$`));
});

test('without the encoders of the virtual host, as after npm ci --omit=dev, one clear line names the way out', async (context) => {
  const hook = `import { registerHooks } from 'node:module';
    registerHooks({ resolve: (name, context, next) => next(name.replace(/^node-av(?=$|[/])/, 'node-av-is-not-here'), context) });`;
  const child = startDemo(context, { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` });
  const [complaint] = await Promise.all([text(child.stderr!), once(child, 'exit')]);
  assert.equal(child.exitCode, 1);
  assert.match(
    complaint,
    /^moonshare: The virtual host is a development tool and is not installed here\. .*MOONSHARE_HOST.*$/m,
  );
  assert.doesNotMatch(complaint, /ERR_MODULE_NOT_FOUND|^ +at /m);
});

test('a real host is paired with the PIN shown, and stays paired for the next start', async (context) => {
  const data = temporaryDirectory(context, 'moonshare-demo-test-');
  const host = await startRealHost(context, null);
  const environment = {
    MOONSHARE_DATA: data,
    MOONSHARE_HOST: `${host.address}:${host.httpPort}`,
    MOONSHARE_APP: 'test game',
  };

  const first = startDemo(context, environment);
  const prompt = await line(first.stderr!, (read) => read.includes('Enter '));
  const [, pin, page] = /Enter (\d{4}) on the PIN page of your host \(Sunshine: (\S+)\)/.exec(prompt)!;
  assert.equal(page, `https://${host.address}:${host.httpPort + 1}/pin`);
  await host.typePin(pin!);
  await line(first.stdout!, (read) => read.includes('/s/demo'));
  assert.equal((await host.state()).app.title, 'Test Game');
  first.kill('SIGTERM');
  assert.deepEqual(await once(first, 'exit'), [0, null]);

  const second = startDemo(context, environment, '--json');
  const { link } = JSON.parse(await line(second.stdout!, () => true));
  assert.equal(new URL(link).pathname, '/s/demo');
  assert.equal((await host.state()).pairedClients, 1);
  second.kill('SIGTERM');
  assert.deepEqual(await once(second, 'exit'), [0, null]);
});

test('Ctrl+C while waiting for the PIN ends at once', async (context) => {
  const data = temporaryDirectory(context, 'moonshare-demo-test-');
  const host = await startRealHost(context, null);
  const child = startDemo(context, { MOONSHARE_DATA: data, MOONSHARE_HOST: `${host.address}:${host.httpPort}` });
  await line(child.stderr!, (read) => read.includes('Enter '));
  child.kill('SIGINT');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('a host that does not answer is one clear line and exit code 1', async (context) => {
  const data = temporaryDirectory(context, 'moonshare-demo-test-');
  const child = startDemo(context, { MOONSHARE_DATA: data, MOONSHARE_HOST: '127.0.0.1:9' });
  const [complaint] = await Promise.all([text(child.stderr!), once(child, 'exit')]);
  assert.equal(child.exitCode, 1);
  assert.match(complaint, /^moonshare: .*127\.0\.0\.1:9 .*host is on/m);
});

test('the app is the one named, else Desktop, else the first', () => {
  const apps = ['Steam', 'Desktop'].map((title, i) => ({ app_id: i + 1, title, is_hdr_supported: false }));
  assert.equal(chooseApp(apps, 'steam', 'MOONSHARE_APP').app_id, 1);
  assert.equal(chooseApp(apps, undefined, 'MOONSHARE_APP').app_id, 2);
  assert.equal(chooseApp(apps.slice(0, 1), undefined, 'MOONSHARE_APP').app_id, 1);
  assert.throws(
    () => chooseApp(apps, 'Doom', 'MOONSHARE_APP'),
    (error) => error instanceof MoonshareError && error.code === 'APP_NOT_FOUND' && /Steam, Desktop/.test(error.hint),
  );
});
