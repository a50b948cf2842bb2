import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import { GameStreamError } from '../errors.ts';
import { testSettings } from '../http/fixtures/settings.ts';
import type { ServerInfo } from '../http/types.ts';
import { RtspCipher, rtspFrameLength } from './cipher.ts';
import { rtspHandshake } from './client.ts';
import { buildDescribe } from './describe.ts';
import { RTSP_TIMES, type RtspExchangeOptions, rtspExchange } from './exchange.ts';
import { encodeResponse, headerValue, parseRequest, type RtspRequest } from './message.ts';
import { SUNSHINE_OPUS_LINES } from './opus-layout.ts';
import { parseAnnounce } from './parse-announce.ts';
import { parseSetupTarget, setupReplyHeaders } from './setup.ts';
import type { RtspSetup } from './types.ts';

const rejects = (promise: Promise<unknown>, code: string) =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof GameStreamError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });

/** A TCP server whose connections the test answers itself. */
async function listen(context: TestContext, serve: (socket: net.Socket) => void): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return (server.address() as net.AddressInfo).port;
}

const keys = { key: Buffer.from('00112233445566778899aabbccddeeff', 'hex'), keyId: 1 };
const serverInfo = {
  appVersion: { text: '7.1.431.-1', parts: [7, 1, 431, -1], sunshine: true },
  codecModeSupport: 1,
} as ServerInfo;

interface HostOptions {
  encrypted: boolean;
  end?: (socket: net.Socket, reply: Buffer, request: RtspRequest) => void;
}

/** A host that answers one request per connection; `end` sends the reply. */
async function startHost(context: TestContext, options: HostOptions) {
  const cipher = new RtspCipher({ key: keys.key, role: 'host' });
  const requests: RtspRequest[] = [];
  const ended: boolean[] = [];
  const answer = (request: RtspRequest) => {
    const setup = parseSetupTarget(request.target);
    const ports = {
      audio: { port: 1001, pingPayload: '0123456789ABCDEF' },
      video: { port: 1002 },
      control: { port: 1003, connectData: 9 },
    };
    const body = buildDescribe({
      hevc: false,
      av1: false,
      refPicInvalidation: false,
      featureFlags: 3,
      encryption: { supported: 5, requested: 1 },
      opusLines: [...SUNSHINE_OPUS_LINES],
    });
    return encodeResponse({
      code: 200,
      reason: 'OK',
      headers: [
        ['CSeq', headerValue(request.headers, 'CSeq')!],
        ...(request.method === 'SETUP' && setup ? setupReplyHeaders(ports[setup]) : []),
      ],
      body: request.method === 'DESCRIBE' ? body : '',
    });
  };
  const port = await listen(context, (socket) => {
    let received = Buffer.alloc(0);
    const index = ended.push(false) - 1;
    socket.on('end', () => (ended[index] = true));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (options.encrypted && rtspFrameLength(received) !== received.length) return;
      const request = parseRequest(options.encrypted ? cipher.open(received) : received);
      if (request === null) return;
      assert.equal(ended[index], false, 'the client must not half-close');
      requests.push(request);
      const reply = options.encrypted ? cipher.seal(answer(request)) : answer(request);
      if (options.end) options.end(socket, reply, request);
      else socket.end(reply);
    });
  });
  return { port, requests };
}

const shake = (port: number, encrypted: boolean, more: object = {}) =>
  rtspHandshake({
    address: '127.0.0.1',
    sessionUrl: `${encrypted ? 'rtspenc' : 'rtsp'}://203.7.91.14:${port}`,
    keys,
    settings: testSettings,
    serverInfo,
    ...more,
  });

for (const encrypted of [false, true]) {
  test(`the whole handshake over real sockets, ${encrypted ? 'encrypted' : 'in the clear'}`, async (context) => {
    const { port, requests } = await startHost(context, { encrypted });
    const setups: RtspSetup[] = [];
    let announcedAfter = 0;
    const session = await shake(port, encrypted, {
      remote: false,
      onSetup: (setup: RtspSetup) => {
        assert.equal(requests.length, 3 + setups.push(setup) - 1);
      },
      onAnnounced: () => (announcedAfter = requests.length),
    });
    assert.deepEqual(
      requests.map(({ method }) => method),
      ['OPTIONS', 'DESCRIBE', 'SETUP', 'SETUP', 'SETUP', 'ANNOUNCE', 'PLAY'],
    );
    for (const [index, request] of requests.entries()) {
      assert.deepEqual(request.headers[0], ['CSeq', String(index + 1)]);
      assert.equal(headerValue(request.headers, 'Host'), '203.7.91.14');
    }
    assert.equal(announcedAfter, 6);
    assert.deepEqual(
      setups.map(({ stream, port: at }) => [stream, at]),
      [
        ['audio', 1001],
        ['video', 1002],
        ['control', 1003],
      ],
    );
    assert.equal(session.pingPayload, '0123456789ABCDEF');
    assert.equal(session.connectData, 9);
    assert.equal(session.packetSize, 1392);
    assert.equal(parseAnnounce(requests[5]!.body).packetSize, 1392);
    assert.match(requests[5]!.body, /IN IPv4 127\.0\.0\.1\r\n/);
  });
}

test('127.0.0.1 counts as remote by default, and host names are resolved', async (context) => {
  const { port } = await startHost(context, { encrypted: false });
  assert.equal((await shake(port, false)).packetSize, 1024);
  assert.equal((await shake(port, false, { address: 'localhost', remote: false })).packetSize, 1392);
});

test('replies byte by byte, and a reset after the reply, are accepted', async (context) => {
  for (const encrypted of [false, true]) {
    const slow = await startHost(context, {
      encrypted,
      end: async (socket, reply) => {
        socket.setNoDelay(true);
        for (const byte of reply) {
          socket.write(Buffer.from([byte]));
          await new Promise((resolve) => setImmediate(resolve));
        }
        socket.end();
      },
    });
    await shake(slow.port, encrypted);
    const reset = await startHost(context, {
      encrypted,
      end: async (socket, reply) => {
        socket.write(reply);
        // Turns of the event loop, for the client to read: a reset discards what was not read.
        for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
        socket.resetAndDestroy();
      },
    });
    await shake(reset.port, encrypted);
  }
});

test('a host that never closes delays DESCRIBE by the silence and nothing else', async (context) => {
  const open = await startHost(context, { encrypted: false, end: (socket, reply) => void socket.write(reply) });
  assert.equal((await shake(open.port, false)).featureFlags, 3);
});

test('a reply with another key, in the clear or too long is RTSP_FAILED', async (context) => {
  const other = new RtspCipher({ key: Buffer.alloc(16), role: 'host' });
  for (const reply of [
    other.seal(Buffer.from('x')),
    Buffer.from('RTSP/1.0 400 BAD REQUEST\r\n\r\n'),
    Buffer.from('ffffffff', 'hex'),
  ]) {
    const port = await listen(context, (socket) => socket.end(reply));
    await rejects(shake(port, true), 'RTSP_FAILED');
  }
  const garbage = await listen(context, (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await rejects(shake(garbage, false), 'RTSP_FAILED');
});

test('a 400 without headers is a refusal', async (context) => {
  const port = await listen(context, (socket) => socket.end('RTSP/1.0 400 BAD REQUEST\r\n\r\n'));
  await rejects(shake(port, false), 'RTSP_FAILED');
});

const exchange = (port: number, more: Partial<RtspExchangeOptions> = {}) =>
  rtspExchange({ address: '127.0.0.1', port, request: Buffer.from('x'), encrypted: false, hasBody: false, ...more });

test('a close before the reply is NO_SESSION, in the middle of it RTSP_FAILED', async (context) => {
  const closing = await listen(context, (socket) => socket.once('data', () => socket.end()));
  await rejects(exchange(closing), 'NO_SESSION');
  const resetting = await listen(context, (socket) => socket.once('data', () => socket.resetAndDestroy()));
  await rejects(exchange(resetting), 'NO_SESSION');
  const cut = await listen(context, (socket) => socket.once('data', () => socket.end('RTSP/1.0 200 OK\r\nCS')));
  await rejects(exchange(cut), 'RTSP_FAILED');
  const cutFrame = await listen(context, (socket) =>
    socket.once('data', () => socket.end(Buffer.from('80000010', 'hex'))),
  );
  await rejects(exchange(cutFrame, { encrypted: true }), 'RTSP_FAILED');
});

test('an endless reply is cut off', async (context) => {
  const port = await listen(context, (socket) => {
    socket.write('RTSP/1.0 200 OK\r\n\r\n');
    const more = () => {
      while (socket.writable && socket.write(Buffer.alloc(65536)));
    };
    socket.on('drain', more);
    more();
  });
  await rejects(exchange(port, { hasBody: true }), 'MALFORMED');
});

test('a host that does not answer is HOST_TIMEOUT', async (context) => {
  const silent = await listen(context, () => undefined);
  await rejects(exchange(silent, { times: { ...RTSP_TIMES, reply: 50 } }), 'HOST_TIMEOUT');
});

test('a refused connection is tried again until the port listens', async (context) => {
  const reserved = net.createServer().listen(0, '127.0.0.1');
  await once(reserved, 'listening');
  const { port } = reserved.address() as net.AddressInfo;
  reserved.close();
  await once(reserved, 'close');
  await rejects(exchange(port, { times: { ...RTSP_TIMES, refusedFor: 20, refusedPause: 10 } }), 'HOST_UNREACHABLE');

  const late = net.createServer((socket) => socket.end('RTSP/1.0 200 OK\r\n\r\n'));
  context.after(() => late.close());
  const reply = exchange(port, { times: { ...RTSP_TIMES, refusedPause: 20 } });
  setTimeout(() => late.listen(port, '127.0.0.1'), 30);
  assert.equal((await reply).toString(), 'RTSP/1.0 200 OK\r\n\r\n');
});

test('an abort ends the exchange, and the pause before the next attempt', async (context) => {
  const controller = new AbortController();
  const port = await listen(context, () => controller.abort(new Error('enough')));
  await assert.rejects(exchange(port, { signal: controller.signal }), /enough/);
  await assert.rejects(exchange(port, { signal: controller.signal }), /enough/);

  const later = new AbortController();
  setTimeout(() => later.abort(new Error('no more')), 20);
  await assert.rejects(
    exchange(1, { signal: later.signal, times: { ...RTSP_TIMES, refusedPause: 60_000 } }),
    /no more/,
  );
});

test('an address that cannot be resolved is HOST_UNREACHABLE', async () => {
  await rejects(shake(48010, false, { address: 'no-such-host.invalid' }), 'HOST_UNREACHABLE');
});
