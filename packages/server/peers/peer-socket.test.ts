import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { MoonshareError } from '@moonshare/contract';
import { pino } from 'pino';
import { WebSocket, WebSocketServer } from 'ws';
import { SecurityLog } from '../security/security-log.ts';
import { startTestServer } from '../testing/test-server.ts';
import { PeerSocket } from './peer-socket.ts';

const PEER = '/api/streamers/a/peer';

/** Both ends of one socket, without a server behind it. */
async function pair(context: TestContext, wantsEvents = false) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  context.after(() => server.close());
  await once(server, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  context.after(() => client.terminate());
  const [[socket]] = await Promise.all([once(server, 'connection'), once(client, 'open')]);
  const texts: string[] = [];
  const closed = Promise.withResolvers<boolean>();
  const peer = new PeerSocket(
    socket,
    {
      id: 'p',
      from: '127.0.0.1',
      security: new SecurityLog(pino({ level: 'silent' })),
      wantsEvents,
      log: pino({ level: 'silent' }),
    },
    { text: (text) => texts.push(text), closed: closed.resolve },
  );
  return { client, peer, texts, closed: closed.promise };
}

test('a browser that does not read is disconnected before much has piled up for it', async (context) => {
  const { client, peer, closed } = await pair(context);
  client.pause();
  let gone = false;
  void closed.then(() => {
    gone = true;
  });
  const sdp = 'x'.repeat(100_000);
  let sent = 0;
  for (; !gone; sent++) {
    peer.send({ Signaling: { Description: { ty: 'offer', sdp } } });
    await setImmediate();
  }
  assert.ok(sent < 640, `${sent} messages of 100 kB`);
});

test('what arrives while a socket is held is handled afterwards, in order', async (context) => {
  const { client, peer, texts } = await pair(context);
  client.send('first');
  while (texts.length === 0) await setImmediate();
  peer.hold(20, () => texts.push('let go'));
  for (const text of ['second', 'third']) client.send(text);
  while (texts.length < 4) await setImmediate();
  assert.deepEqual(texts, ['first', 'let go', 'second', 'third']);
});

test('after the first reason to close, nothing is read and no other reason counts', async (context) => {
  const { client, peer, texts } = await pair(context);
  const ended = once(client, 'close');
  const first = peer.close(new MoonshareError('ACCESS_REVOKED'));
  client.send('too late');
  assert.equal(peer.close(new MoonshareError('RATE_LIMITED')), first);
  const [code] = await ended;
  await first;
  assert.deepEqual([code, texts], [4403, []]);
});

test('subscribers to events get the reason in words before the socket closes, others only the code', async (context) => {
  const error = new MoonshareError('CODEC_UNSUPPORTED', { message: 'what', hint: 'so what' });
  for (const wantsEvents of [true, false]) {
    const { client, peer } = await pair(context, wantsEvents);
    const heard: unknown[] = [];
    client.on('message', (data) => heard.push(JSON.parse(data.toString())));
    const ended = once(client, 'close');
    await peer.close(error);
    const [code, reason] = await ended;
    assert.deepEqual([code, reason.toString()], [4406, 'CODEC_UNSUPPORTED']);
    const told = { PeerClosed: { error: { error: 'what', code: 'CODEC_UNSUPPORTED', hint: 'so what' } } };
    assert.deepEqual(heard, wantsEvents ? [told] : []);
  }
});

test('closing does not wait for a browser that does not answer', async (context) => {
  const { client, peer } = await pair(context);
  client.pause();
  await peer.close(null);
});

test('a message in too many fragments ends its socket, even without a final fragment', async (context) => {
  const { url } = await startTestServer(context);
  for (const bytes of [0, 1]) {
    const socket = new WebSocket(url.replace('http', 'ws') + PEER);
    await once(socket, 'open');
    socket.on('error', () => {});
    const closed = once(socket, 'close');
    for (let i = 0; i < 300; i++) socket.send(Buffer.alloc(bytes, 'x'), { fin: false });
    assert.equal((await closed)[0], 1008);
  }
});

test('pings whose answers are not read end their socket', async (context) => {
  const { url } = await startTestServer(context);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  context.after(() => socket.destroy());
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13';
  socket.write(`GET ${PEER} HTTP/1.1\r\nHost: a\r\n${upgrade}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`);
  await once(socket, 'data');
  socket.pause();
  // Masked with zeros.
  const ping = Buffer.concat([Buffer.from([0x89, 0x80 | 125, 0, 0, 0, 0]), Buffer.alloc(125)]);
  const many = Buffer.concat(Array.from({ length: 500 }, () => ping));
  const failed = new Promise<void>((resolve) => socket.once('error', () => resolve()));
  const flood = () => {
    while (socket.write(many));
  };
  socket.on('drain', flood);
  flood();
  await failed;
  // Its silence would be noticed too, but much later.
  assert.ok(socket.bytesWritten < 64 * 1024 * 1024, `${socket.bytesWritten} bytes`);
});

test('a broken connection is distinguished from one closed by the browser and from one closed by the server', async (context) => {
  const broken = await pair(context);
  broken.client.terminate();
  assert.equal(await broken.closed, true);
  const polite = await pair(context);
  polite.client.close();
  assert.equal(await polite.closed, false);
  const ended = await pair(context);
  void ended.peer.close(new MoonshareError('PEER_REMOVED'));
  assert.equal(await ended.closed, false);
  context.mock.timers.enable({ apis: ['setInterval'] });
  const silent = await pair(context);
  silent.client.pause();
  context.mock.timers.tick(4000);
  context.mock.timers.tick(4000);
  assert.equal(await silent.closed, false);
});
