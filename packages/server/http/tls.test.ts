import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { MoonshareError } from '@moonshare/contract';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { createTestCertificate, fingerprint, tlsFiles } from '../testing/test-certificate.ts';
import { startTestServer } from '../testing/test-server.ts';
import { loadTls, reloadTls } from './tls.ts';

/** The certificate that a new connection is shown. */
async function shown(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

/** Status, headers and connection of a request. */
async function get(url: string, agent?: Agent) {
  const sent = request(url, { rejectUnauthorized: false, ...(agent === undefined ? {} : { agent }) });
  sent.end();
  const [response] = await once(sent, 'response');
  response.resume();
  await once(response, 'end');
  return { status: response.statusCode, headers: response.headers, socket: sent.socket as TLSSocket };
}

test('unusable files are reported by name, with what is wrong with them', async (context) => {
  const { files, write } = tlsFiles(context);
  const problem = (): string => {
    try {
      loadTls(files);
    } catch (error) {
      assert.ok(error instanceof MoonshareError && error.code === 'CONFIG_INVALID');
      return error.message;
    }
    throw new Error('accepted');
  };
  const good = await createTestCertificate();
  assert.match(problem(), /certificate .*cert\.pem cannot be read \(ENOENT\)/);
  write({ certificate: good.certificate });
  assert.match(problem(), /key .*key\.pem cannot be read \(ENOENT\)/);
  write({ key: 'nonsense' });
  assert.match(problem(), /key\.pem is not a private key in PEM form/);
  const locked = createPrivateKey(good.key).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-128-cbc',
    passphrase: 'x',
  });
  write({ key: locked as string });
  assert.match(problem(), /key\.pem is locked with a password/);
  write({ key: (await createTestCertificate()).key });
  assert.match(problem(), /key\.pem does not belong to the certificate/);
  write({ key: good.key, certificate: good.key });
  assert.match(problem(), /cert\.pem is not a certificate in PEM form/);
  write({ certificate: good.certificate });
  assert.deepEqual(loadTls(files), { cert: good.certificate, key: good.key });
});

test('new connections use new files, but not an incomplete pair, and open connections stay open', async (context) => {
  const { files, write } = tlsFiles(context);
  const [before, after] = [await createTestCertificate(), await createTestCertificate()];
  write(before);
  const shownFirst = loadTls(files);
  const server = createServer(shownFirst, (_request, response) => response.end('ok'));
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const reloads: (() => void)[] = [];
  const refusals: (() => void)[] = [];
  const log = pino({ level: 'warn' }, { write: () => refusals.shift()?.() });
  const stop = reloadTls(server, files, shownFirst, { log, pollMs: 10, reloaded: () => reloads.shift()?.() });
  const agent = new Agent({ keepAlive: true });
  context.after(() => {
    stop();
    agent.destroy();
    server.close();
  });

  const { socket } = await get(`https://127.0.0.1:${port}/`, agent);
  assert.equal(await shown(port), fingerprint(before));
  const refused = new Promise<void>((resolve) => refusals.push(resolve));
  write({ certificate: after.certificate });
  await refused;
  assert.equal(await shown(port), fingerprint(before));
  const reloaded = new Promise<void>((resolve) => reloads.push(resolve));
  write({ key: after.key });
  await reloaded;
  assert.equal(await shown(port), fingerprint(after));
  assert.equal((await get(`https://127.0.0.1:${port}/`, agent)).socket, socket);
});

test('a server with TLS serves HTTPS and WSS, has an https address, and picks up new files', async (context) => {
  const { files, write } = tlsFiles(context);
  const [before, after] = [await createTestCertificate(), await createTestCertificate()];
  write(before);
  const environment = { MOONSHARE_TLS_CERT: files.certificate, MOONSHARE_TLS_KEY: files.key };
  const { url } = await startTestServer(context, environment, { tlsPollMs: 10 });
  assert.match(url, /^https:/);
  const { status, headers } = await get(`${url}/healthz`);
  assert.equal(status, 200);
  assert.match(headers['strict-transport-security'] ?? '', /max-age=\d{7,}/);
  const socket = new WebSocket(`${url.replace('https', 'wss')}/api/streamers/a/peer`, { rejectUnauthorized: false });
  await once(socket, 'open');

  const { port } = new URL(url);
  write(after);
  for (let seen = ''; seen !== fingerprint(after); ) seen = await shown(Number(port));
  assert.equal(socket.readyState, WebSocket.OPEN);
  socket.close();
  await once(socket, 'close');
});

test('without TLS there is no HSTS', async (context) => {
  const { url } = await startTestServer(context);
  assert.equal((await fetch(`${url}/healthz`)).headers.get('strict-transport-security'), null);
});
