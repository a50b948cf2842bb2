import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { rawRequest } from '../testing/raw-http.ts';
import { createTestCertificate, tlsFiles } from '../testing/test-certificate.ts';
import { CREDENTIALS, pairChunks, startTestServer } from '../testing/test-server.ts';

const UPGRADE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

async function open(context: TestContext, url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  context.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** A reset counts as closed too. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

test('a client that trickles the headers or the body of a request is cut off', async (context) => {
  const limits = { requestMs: 1_500, headersMs: 1_000, checkMs: 20 };
  const { url } = await startTestServer(context, {}, { limits });
  const slowHeaders = await open(context, url);
  slowHeaders.write('GET /healthz HTTP/1.1\r\nHost: a\r\nX-');
  const slowUpgrade = await open(context, url);
  slowUpgrade.write(['GET /api/streamers/a/media?ticket=x HTTP/1.1', 'Host: a', ...UPGRADE, 'X-'].join('\r\n'));
  const slowBody = await open(context, url);
  slowBody.write('POST /api/streamers HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{');
  // The answers, whatever they are, end: the server closes the sockets.
  for (const answer of await Promise.all([slowHeaders, slowUpgrade, slowBody].map(text)))
    assert.match(answer, /^HTTP\/1\.1 4\d\d /);
});

test('a client that does not read the answers is cut off', async (context) => {
  const { url } = await startTestServer(context, {}, { limits: { stillMs: 200 } });
  const socket = await open(context, url);
  socket.pause();
  // Without credentials, and far more than the kernel buffers.
  const request = 'GET /api/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n';
  const failed = new Promise<void>((resolve) => socket.once('error', () => resolve()));
  const ask = () => {
    while (socket.write(request.repeat(100)));
  };
  socket.on('drain', ask);
  ask();
  await failed;
});

test('a pairing that waits for a person is not cut off as idle', async (context) => {
  const server = await startTestServer(context, {}, { limits: { stillMs: 1_000 } });
  const box = server.hosts.add('box');
  await server.call('PUT', '/api/host', { address: 'box' });
  const chunks = pairChunks(server.url, 0);
  const { Pin } = (await chunks.next()).value as { Pin: string };
  // For as long as it takes a connection that may be cut off.
  await closed(await open(context, server.url));
  box.typePin(Pin);
  assert.match(JSON.stringify((await chunks.next()).value), /"paired":"Paired"/);
});

test('a client that speaks no TLS where it is required, or does not finish its handshake, is cut off', async (context) => {
  const { files, write } = tlsFiles(context);
  write(await createTestCertificate());
  const environment = { MOONSHARE_TLS_CERT: files.certificate, MOONSHARE_TLS_KEY: files.key };
  const { url } = await startTestServer(context, environment, { limits: { headersMs: 1_000, stillMs: 1e9 } });
  // Nothing, the beginning of a ClientHello, and plain HTTP.
  for (const bytes of ['', '\x16\x03\x01\x00\xc8\x01', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n']) {
    const socket = await open(context, url);
    socket.write(bytes, 'latin1');
    socket.resume();
    await closed(socket);
  }
});

test('endless headers are refused', async (context) => {
  const { url } = await startTestServer(context);
  for (const lines of [
    ['GET /healthz HTTP/1.1', 'Host: a'],
    ['GET /api/streamers/a/media?ticket=x HTTP/1.1', 'Host: a', ...UPGRADE],
  ]) {
    const socket = await open(context, url);
    socket.write([...lines, `X: ${'x'.repeat(20_000)}`].join('\r\n'));
    assert.match(await text(socket), /^HTTP\/1\.1 431 .*PAYLOAD_TOO_LARGE/s);
  }
});

test('connections above the limit are closed, and earlier ones continue', async (context) => {
  const { url } = await startTestServer(context, { MOONSHARE_MAX_CONNECTIONS: '2' });
  const first = await open(context, url);
  const second = await open(context, url);
  const third = await open(context, url);
  third.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.equal(await text(third).catch(() => ''), '');
  second.write('GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  assert.match(await text(second), /^HTTP\/1\.1 200 /);
  first.destroy();
});

test('an upgrade on a route without sockets opens none, and its connection ends', async (context) => {
  const { url } = await startTestServer(context);
  for (const [line, status] of [
    ['GET /healthz HTTP/1.1', 404],
    ['GET /api/events HTTP/1.1', 404],
    ['GET /nothing HTTP/1.1', 404],
    ['GET /%zz HTTP/1.1', 400],
    [`GET /api/streamers/${'x'.repeat(600)}/peer HTTP/1.1`, 404],
    ['HEAD /api/streamers/a/peer HTTP/1.1', 404],
    ['POST /api/login HTTP/1.1\r\nContent-Length: 9', 404],
    ['POST /api/login HTTP/1.1\r\nTransfer-Encoding: chunked', 404],
  ] as const) {
    // Until the server closes the connection: otherwise this would never end.
    const answer = await rawRequest(url, [line, 'Host: a', `Authorization: Bearer ${CREDENTIALS}`, ...UPGRADE]);
    assert.equal(answer.status, status, line);
  }
});

test('a client that offers HTTP/2 is answered like any other', async (context) => {
  const { url } = await startTestServer(context);
  const offer = [
    'Connection: Upgrade, HTTP2-Settings, close',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
  ];
  const answer = await rawRequest(url, ['GET /healthz HTTP/1.1', 'Host: a', ...offer]);
  assert.deepEqual([answer.status, answer.chunks], [200, ['{"status":"ok"}']]);
});
