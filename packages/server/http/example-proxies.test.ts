// The proxies in deploy/, with the real programs where these are installed: nothing that opens a socket may be in their logs.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { accountServer } from '../testing/account-server.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';

const DEPLOY = new URL('../../../deploy/', import.meta.url);
const SECRETS = ['token=', 'resume=', 'secret-of-a-viewer'];

function deployed(name: string): string {
  return readFileSync(new URL(name, DEPLOY), 'utf8');
}

function missing(program: string): string | false {
  return spawnSync('which', [program]).status === 0 ? false : `${program} is not installed`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Runs the proxy, joins a stream through it, sends one more request once the server is gone, and returns all that the proxy wrote. */
async function logOf(
  context: TestContext,
  options: {
    command: (directory: string) => string[];
    write: (directory: string, ports: { own: number; server: number }) => void;
  },
): Promise<string> {
  const directory = temporaryDirectory(context, 'moonshare-proxy-');
  const server = await accountServer(context);
  const own = await freePort();
  options.write(directory, { own, server: Number(new URL(server.url).port) });
  const [program, ...rest] = options.command(directory);
  const child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, HOME: directory } });
  context.after(() => child.kill('SIGKILL'));
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data));
  const url = `http://localhost:${own}`;
  const isUp = () =>
    fetch(`${url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isUp())) {
    assert.equal(child.exitCode, null, text);
    await delay(50);
  }
  const { token } = (await server.join((await server.link({ role: 'watch' })).headers)).body;
  const viewer = new WebSocket(
    `${url.replace('http', 'ws')}/api/streamers/a/peer?token=${token}&resume=secret-of-a-viewer`,
  );
  await once(viewer, 'message');
  viewer.terminate();
  await fetch(`${url}/api/streamers/a/peer?token=secret-of-a-viewer`);
  await server.server.close();
  assert.equal((await fetch(`${url}/api/streamers/a/peer?token=secret-of-a-viewer`)).status, 502);
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await closed;
  for (const name of readdirSync(directory).filter((name) => name.endsWith('.log'))) {
    text += readFileSync(join(directory, name), 'utf8');
  }
  return text;
}

test('nginx logs requests without tokens', {
  skip: missing('nginx'),
}, async (context) => {
  const log = await logOf(context, {
    command: (directory) => ['nginx', '-p', directory, '-c', 'nginx.conf', '-e', 'stderr.log'],
    write: (directory, { own, server }) => {
      const site = deployed('nginx.conf')
        .replace('listen 443 ssl', `listen 127.0.0.1:${own}`)
        .replace(/^ *ssl_.*$/gm, '')
        .replace('moon.example', 'localhost')
        .replace('127.0.0.1:8080', `127.0.0.1:${server}`)
        .replaceAll('/var/log/nginx', directory);
      mkdirSync(join(directory, 'tmp'));
      const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (name) => `${name}_temp_path ${directory}/tmp;`,
      );
      const main = `daemon off; pid ${directory}/pid; events {} http { ${paths.join(' ')}\n${site} }`;
      writeFileSync(join(directory, 'nginx.conf'), main);
    },
  });
  assert.match(log, /"GET \/api\/streamers\/a\/peer" 101 /);
  assert.match(log, /"GET \/api\/streamers\/a\/peer" 502 /);
  for (const secret of SECRETS) assert.ok(!log.includes(secret), secret);
});

test('Caddy logs failures without tokens', {
  skip: missing('caddy'),
}, async (context) => {
  const log = await logOf(context, {
    command: (directory) => ['caddy', 'run', '--adapter', 'caddyfile', '--config', join(directory, 'Caddyfile')],
    write: (directory, { own, server }) => {
      const site = deployed('Caddyfile')
        .replace('{\n', '{\n  admin off\n')
        .replace('moon.example', `http://localhost:${own}`)
        .replace('127.0.0.1:8080', `127.0.0.1:${server}`);
      writeFileSync(join(directory, 'Caddyfile'), site);
    },
  });
  assert.match(log, /\/api\/streamers\/a\/peer/);
  for (const secret of SECRETS) assert.ok(!log.includes(secret), secret);
});

test('the nginx access log is configured without queries, for machines without nginx to try it', () => {
  const conf = deployed('nginx.conf');
  const format = /log_format moonshare '(.*)';/.exec(conf)?.[1] ?? '';
  assert.match(format, /\$uri/);
  assert.doesNotMatch(format, /\$(request|request_uri|args|query_string|http_referer)\b|\$arg_/);
  assert.match(conf, /access_log \S+ moonshare;/);
});
