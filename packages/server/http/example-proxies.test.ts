// The proxies in deploy/, with the real programs where these are installed: nothing that opens a socket may be in their logs.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { accountServer } from '../testing/account-server.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { createTestCertificate } from '../testing/test-certificate.ts';

const DEPLOY = new URL('../../../deploy/', import.meta.url);
const SECRETS = ['token=', 'resume=', 'ticket=', 'secret-of-a-viewer'];

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

interface ProxyFiles {
  directory: string;
  /** The ports of the proxy and of the server. */
  ports: { own: number; server: number };
  /** PEM, for localhost: certificate, key, and both in one file. */
  certificate: string;
  key: string;
  both: string;
}

/** What a request through the proxy is answered, over HTTPS with the certificate of the test. */
async function get(url: string, ca: string): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  const sent = request(url, { ca, agent: false }, (response) => {
    response.resume();
    resolve(response.statusCode!);
  });
  sent.on('error', () => resolve(null));
  sent.end();
  return promise;
}

/**
 * Runs the proxy with HTTPS, joins a stream through it, opens the media socket and moves some data over it, ends it, sends one more
 * request once the server is gone, and returns all that the proxy wrote.
 */
async function logOf(
  context: TestContext,
  command: (directory: string) => string[],
  configure: (files: ProxyFiles) => string,
  stop: NodeJS.Signals = 'SIGTERM',
): Promise<string> {
  const directory = temporaryDirectory(context, 'moonshare-proxy-');
  const server = await accountServer(context);
  const own = await freePort();
  const pem = await createTestCertificate();
  const [certificate, key, both] = ['cert.pem', 'key.pem', 'both.pem'].map((name) => join(directory, name));
  writeFileSync(certificate!, pem.certificate);
  writeFileSync(key!, pem.key);
  writeFileSync(both!, `${pem.certificate}\n${pem.key}`);
  const ports = { own, server: Number(new URL(server.url).port) };
  const files = { directory, ports, certificate: certificate!, key: key!, both: both! };
  writeFileSync(join(directory, 'configuration'), configure(files));
  const [program, ...rest] = command(directory);
  const child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, HOME: directory } });
  context.after(() => child.kill('SIGKILL'));
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data));
  const ca = pem.certificate;
  const url = `https://localhost:${own}`;
  while ((await get(`${url}/healthz`, ca)) !== 200) {
    assert.equal(child.exitCode, null, text);
    await delay(50);
  }
  const peers = `${url.replace('https', 'wss')}/api/streamers/a`;
  const headers = { origin: url };
  const { token } = (await server.join((await server.link({ role: 'watch' })).headers)).body;
  const viewer = new WebSocket(`${peers}/peer?token=${token}&events=1`, { ca, headers });
  viewer.on('error', () => {});
  const ticket = Promise.withResolvers<string>();
  viewer.on('message', (data) => {
    const message = JSON.parse(String(data));
    if (message.WebRtcConfig) viewer.send(JSON.stringify({ GetMediaTicket: {} }));
    if (message.MediaTicket) ticket.resolve(message.MediaTicket.ticket);
  });
  const media = new WebSocket(`${peers}/media?ticket=${await ticket.promise}`, { ca, headers });
  const sent = randomBytes(2 * 1024 * 1024);
  media.once('open', () => media.send(sent));
  const [echoed] = (await once(media, 'message')) as [Buffer];
  assert.ok(echoed.equals(sent));
  // What ends the viewer ends both of its sockets, through the proxy too.
  const ended = Promise.all([once(media, 'close'), once(viewer, 'close')]);
  const { body } = await server.call('GET', '/api/streamers/a');
  await server.call('DELETE', `/api/streamers/a/peers/${body.peers[0].peer_id}`);
  await ended;
  await get(`${url}/api/streamers/a/peer?token=secret-of-a-viewer&resume=secret-of-a-viewer`, ca);
  await server.server.close();
  for (const socket of ['peer?token=', 'media?ticket=']) {
    assert.ok([502, 503].includes((await get(`${url}/api/streamers/a/${socket}secret-of-a-viewer`, ca))!));
  }
  const closed = once(child, 'close');
  child.kill(stop);
  await closed;
  for (const name of readdirSync(directory).filter((name) => name.endsWith('.log'))) {
    text += readFileSync(join(directory, name), 'utf8');
  }
  for (const secret of SECRETS) assert.ok(!text.includes(secret), secret);
  return text;
}

test('both sockets of a viewer get through nginx with HTTPS, which logs requests without tokens', {
  skip: missing('nginx'),
}, async (context) => {
  const text = await logOf(
    context,
    (directory) => ['nginx', '-p', directory, '-c', 'configuration', '-e', 'stderr.log'],
    ({ directory, ports, certificate, key }) => {
      const site = deployed('nginx.conf')
        .replace('listen 443 ssl', `listen 127.0.0.1:${ports.own} ssl`)
        .replace(/(ssl_certificate +)\S+;/, `$1${certificate};`)
        .replace(/(ssl_certificate_key +)\S+;/, `$1${key};`)
        .replace('moon.example', 'localhost')
        .replace('127.0.0.1:8080', `127.0.0.1:${ports.server}`)
        .replaceAll('/var/log/nginx', directory);
      mkdirSync(join(directory, 'tmp'));
      const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (name) => `${name}_temp_path ${directory}/tmp;`,
      );
      return `daemon off; pid ${directory}/pid; events {} http { ${paths.join(' ')}\n${site} }`;
    },
  );
  assert.match(text, /"GET \/api\/streamers\/a\/peer" 101 /);
  assert.match(text, /"GET \/api\/streamers\/a\/media" 101 /);
  assert.match(text, /"GET \/api\/streamers\/a\/media" 502 /);
});

test('both sockets of a viewer get through Caddy with HTTPS, which logs failures without tokens', {
  skip: missing('caddy'),
}, async (context) => {
  const text = await logOf(
    context,
    (directory) => ['caddy', 'run', '--adapter', 'caddyfile', '--config', join(directory, 'configuration')],
    ({ ports, certificate, key }) =>
      deployed('Caddyfile')
        .replace('{\n', '{\n  admin off\n  auto_https disable_redirects\n')
        .replace('moon.example {', `https://localhost:${ports.own} {\n  tls ${certificate} ${key}`)
        .replace('127.0.0.1:8080', `127.0.0.1:${ports.server}`),
  );
  assert.match(text, /\/api\/streamers\/a\/media/);
});

test('both sockets of a viewer get through HAProxy with HTTPS, which logs requests without tokens', {
  skip: missing('haproxy'),
}, async (context) => {
  const text = await logOf(
    context,
    (directory) => ['haproxy', '-db', '-f', join(directory, 'configuration')],
    ({ ports, both }) =>
      deployed('haproxy.cfg')
        .replace('log /dev/log local0', 'log stdout format raw local0')
        .replace(':443 ssl crt /etc/haproxy/moon.example.pem', `127.0.0.1:${ports.own} ssl crt ${both}`)
        .replace('127.0.0.1:8080', `127.0.0.1:${ports.server}`),
    // At a SIGTERM it would drop what it is about to log.
    'SIGUSR1',
  );
  assert.match(text, / 101 .* GET \/api\/streamers\/a\/media$/m);
  assert.match(text, / 503 .* GET \/api\/streamers\/a\/media$/m);
});

test('the nginx access log is configured without queries, for machines without nginx to try it', () => {
  const conf = deployed('nginx.conf');
  const format = /log_format moonshare '(.*)';/.exec(conf)?.[1] ?? '';
  assert.match(format, /\$uri/);
  assert.doesNotMatch(format, /\$(request|request_uri|args|query_string|http_referer)\b|\$arg_/);
  assert.match(conf, /access_log \S+ moonshare;/);
});
