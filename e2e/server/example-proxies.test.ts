// The proxies in deploy/, with the real programs where these are installed: nothing that opens a socket may be in their logs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { accountServer } from '../../packages/server/testing/account-server.ts';
import { temporaryDirectory } from '../../packages/server/testing/temporary-directory.ts';
import { createTestCertificate } from '../../packages/server/testing/test-certificate.ts';
import { ExampleProxy, type ExampleProxyName } from '../harness/example-proxy.ts';

const SECRETS = ['token=', 'resume=', 'ticket=', 'secret-of-a-viewer'];

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
  program: ExampleProxyName,
  stop: 'SIGTERM' | 'SIGUSR1' = 'SIGTERM',
): Promise<string> {
  const directory = temporaryDirectory(context, 'moonshare-proxy-');
  const server = await accountServer(context);
  const own = await freePort();
  const certificate = await createTestCertificate();
  const serverPort = Number(new URL(server.url).port);
  const place = { directory, name: 'localhost', certificate, address: '127.0.0.1', port: own, serverPort };
  const proxy = ExampleProxy.start(program, place);
  context.after(() => proxy.end('SIGKILL'));
  const ca = certificate.certificate;
  const url = `https://localhost:${own}`;
  while ((await get(`${url}/healthz`, ca)) !== 200) {
    proxy.assertRuns();
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
  await proxy.end(stop);
  let text = proxy.output;
  for (const name of readdirSync(directory).filter((name) => name.endsWith('.log'))) {
    text += readFileSync(join(directory, name), 'utf8');
  }
  for (const secret of SECRETS) assert.ok(!text.includes(secret), secret);
  return text;
}

test('both sockets of a viewer get through nginx with HTTPS, which logs requests without tokens', {
  skip: missing('nginx'),
}, async (context) => {
  const text = await logOf(context, 'nginx');
  assert.match(text, /"GET \/api\/streamers\/a\/peer" 101 /);
  assert.match(text, /"GET \/api\/streamers\/a\/media" 101 /);
  assert.match(text, /"GET \/api\/streamers\/a\/media" 502 /);
});

test('both sockets of a viewer get through Caddy with HTTPS, which logs failures without tokens', {
  skip: missing('caddy'),
}, async (context) => {
  assert.match(await logOf(context, 'caddy'), /\/api\/streamers\/a\/media/);
});

test('both sockets of a viewer get through HAProxy with HTTPS, which logs requests without tokens', {
  skip: missing('haproxy'),
}, async (context) => {
  // At a SIGTERM it would drop what it is about to log.
  const text = await logOf(context, 'haproxy', 'SIGUSR1');
  assert.match(text, / 101 .* GET \/api\/streamers\/a\/media$/m);
  assert.match(text, / 503 .* GET \/api\/streamers\/a\/media$/m);
});

test('the nginx access log is configured without queries, for machines without nginx to try it', () => {
  const conf = readFileSync(new URL('../../deploy/nginx.conf', import.meta.url), 'utf8');
  const format = /log_format moonshare '(.*)';/.exec(conf)?.[1] ?? '';
  assert.match(format, /\$uri/);
  assert.doesNotMatch(format, /\$(request|request_uri|args|query_string|http_referer)\b|\$arg_/);
  assert.match(conf, /access_log \S+ moonshare;/);
});
