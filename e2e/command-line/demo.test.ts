// The demo as people start it: a process, its two output streams, its signals.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { childrenOf, isAlive } from '../../packages/server/testing/processes.ts';
import { startRealHost } from '../../packages/server/testing/real-host.ts';
import { temporaryDirectory } from '../../packages/server/testing/temporary-directory.ts';
import { TestPeer } from '../../packages/server/testing/test-server.ts';
import { demoHere, demoSettings } from './demo-here.ts';

function startDemo(context: TestContext): ChildProcess {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../../packages/server/cli/moonshare.ts', import.meta.url)), 'demo'],
    {
      env: { ...process.env, ...demoSettings() },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  context.after(() => child.kill('SIGKILL'));
  return child;
}

/** The first line of a stream for which `holds` is true. */
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
  const child = startDemo(context);
  const output = text(child.stdout!.pipe(new PassThrough()));
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

/** The output of a demo that cannot start, and its exit code. */
async function complaint(environment: Record<string, string>): Promise<{ code: number; said: string }> {
  const { error, ended } = demoHere(environment);
  const [said, code] = await Promise.all([text(error), ended]);
  return { code, said };
}

test('a port in use is reported in one clear line, with exit code 1', async (context) => {
  const taken = createServer();
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
  context.after(() => taken.close());
  const { port } = taken.address() as { port: number };
  const { code, said } = await complaint({ PORT: String(port) });
  assert.equal(code, 1);
  assert.match(said, new RegExp(`^moonshare: Port ${port} on 127.0.0.1 is taken\\. .*PORT=.*\\n$`));
});

test('without the virtual host’s encoders, as after npm ci --omit=dev, one clear line says what to do', async (context) => {
  const hook = `import { registerHooks } from 'node:module';
    registerHooks({ resolve: (name, context, next) => next(name.replace(/^node-av(?=$|[/])/, 'node-av-is-not-here'), context) });`;
  // The virtual host is started with the environment of this process.
  const before = process.env.NODE_OPTIONS;
  context.after(() => {
    if (before === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = before;
  });
  process.env.NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(hook)}`;
  const { code, said } = await complaint({});
  assert.equal(code, 1);
  assert.match(
    said,
    /^moonshare: The virtual host is a development tool, and its encoder is not installed here\. .*MOONSHARE_HOST.*node-av.*$/m,
  );
  assert.doesNotMatch(said, /ERR_MODULE_NOT_FOUND|^ +at /m);
});

test('a real host is paired with the PIN shown, and is still paired at the next start', async (context) => {
  const data = temporaryDirectory(context, 'moonshare-demo-test-');
  const host = await startRealHost(context, null);
  const environment = {
    MOONSHARE_DATA: data,
    MOONSHARE_HOST: `${host.address}:${host.httpPort}`,
    MOONSHARE_APP: 'test game',
  };

  await context.test('a demo stopped while it waits for the PIN ends at once', async () => {
    const { error, ended, stop } = demoHere(environment);
    await line(error, (read) => read.includes('Enter '));
    stop();
    assert.equal(await ended, 0);
  });

  await context.test('entering the PIN shown leads to a link', async () => {
    const { out, error, ended, stop } = demoHere(environment);
    const prompt = await line(error, (read) => read.includes('Enter '));
    const [, pin, page] = /Enter (\d{4}) on the PIN page of your host \(Sunshine: (\S+)\)/.exec(prompt)!;
    assert.equal(page, `https://${host.address}:${host.httpPort + 1}/pin`);
    await host.typePin(pin!);
    await line(out, (read) => read.includes('/s/demo'));
    assert.equal((await host.state()).app.title, 'Test Game');
    stop();
    assert.equal(await ended, 0);
  });

  await context.test('the next start needs no PIN, and prints its link as JSON on request', async () => {
    const { out, ended, stop } = demoHere(environment, '--json');
    const { link } = JSON.parse(await line(out, () => true));
    assert.equal(new URL(link).pathname, '/s/demo');
    assert.equal((await host.state()).pairedClients, 1);
    stop();
    assert.equal(await ended, 0);
  });
});

test('a host that does not answer is reported in one clear line, with exit code 1', async (context) => {
  const data = temporaryDirectory(context, 'moonshare-demo-test-');
  const { code, said } = await complaint({ MOONSHARE_DATA: data, MOONSHARE_HOST: '127.0.0.1:9' });
  assert.equal(code, 1);
  assert.match(said, /^moonshare: .*127\.0\.0\.1:9 .*host is on/m);
});
