import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { MULTIPLEX_DESCRIPTOR } from '@moonshare/contract';
import { prepareForStreamer } from '../../packages/server/peers/media-hand-over.ts';
import { MultiplexedSockets } from '../../packages/server/streamers/multiplexed-sockets.ts';
import { PassedSockets } from '../../packages/server/streamers/passed-sockets.ts';
import { until } from '../../packages/server/testing/processes.ts';
import { createTestCertificate } from '../../packages/server/testing/test-certificate.ts';

const UPGRADE = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
const KINDS = ['plain', 'TLS'] as const;
type Kind = (typeof KINDS)[number];
/** Dozens of handshakes, or tens of megabytes, take their time on a busy machine. */
const SLOW_MS = 40_000;

/** A server that passes its upgraded connections on to a process. */
interface Passing {
  server: Server;
  child: ChildProcess;
  /** What the process has reported: `taken`, `closed`. */
  messages: unknown[];
  /** The server's end of each connection. */
  sockets: Socket[];
  /** A connection with its upgrade, and `more` right behind it. */
  open(more?: Uint8Array): Promise<Socket>;
  /** Without a farewell. */
  breakOff(client: Socket): void;
}

/** `pour`: the process sends that many bytes, instead of what it receives; `dies`: it is killed before it does anything. */
async function startPassing(
  context: TestContext,
  kind: Kind,
  { stallMs, ...taker }: { pour?: number; dies?: boolean; stallMs?: number } = {},
): Promise<Passing> {
  const child = fork(new URL('./socket-taker.ts', import.meta.url), { stdio: [0, 2, 2, 'ipc', 'pipe'] });
  context.after(() => child.kill('SIGKILL'));
  await once(child, 'message');
  const messages: unknown[] = [];
  child.on('message', (message) => messages.push(message));
  const broken: unknown[] = [];
  context.after(() => assert.deepEqual(broken, []));
  const multiplexed = new MultiplexedSockets(child.stdio[MULTIPLEX_DESCRIPTOR] as Socket, {
    broken: (error) => broken.push(error),
    ...(stallMs === undefined ? {} : { stallMs }),
  });
  const passed = new PassedSockets(child, multiplexed);
  child.once('exit', () => passed.end());
  const { certificate: cert, key } = await createTestCertificate();
  const server = kind === 'TLS' ? createHttpsServer({ cert, key }) : createHttpServer();
  const sockets: Socket[] = [];
  server.on('upgrade', (_request, socket: Socket, head: Buffer) => {
    sockets.push(socket);
    passed.send({ head: prepareForStreamer(socket, head).toString('base64'), ...taker }, socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.closeAllConnections());
  context.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const clients: Socket[] = [];
  context.after(() => {
    for (const client of clients) client.destroy();
  });
  const raws = new Map<Socket, Socket>();
  const open = async (more: Uint8Array = new Uint8Array()) => {
    const raw = connect(port);
    clients.push(raw);
    await once(raw, 'connect');
    const client = kind === 'TLS' ? connectTls({ socket: raw, ca: cert, servername: 'localhost' }) : raw;
    clients.push(client);
    raws.set(client, raw);
    client.on('error', () => {});
    raw.on('error', () => {});
    if (kind === 'TLS') await once(client, 'secureConnect');
    client.write(Buffer.concat([Buffer.from(UPGRADE), more]));
    return client;
  };
  const breakOff = (client: Socket) => void raws.get(client)!.resetAndDestroy();
  return { server, child, messages, sockets, open, breakOff };
}

async function connections(server: Server): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  server.getConnections((_error, count) => resolve(count));
  return promise;
}

/** How many of them this process has open. */
function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** What arrives until there is as much as that. */
async function receive(socket: Socket, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let had = 0; had < bytes; ) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    chunks.push(chunk);
    had += chunk.length;
  }
  socket.pause();
  return Buffer.concat(chunks);
}

/** Until nothing moves on the first connection, though there is something to send: its last piece may be too small to call it full. */
async function untilStopped(sockets: readonly Socket[]): Promise<void> {
  let before = 0;
  await until(() => {
    const { writableLength, bytesWritten } = sockets[0] ?? { writableLength: 0, bytesWritten: 0 };
    const stands = writableLength > 0 && bytesWritten === before;
    before = bytesWritten;
    return stands;
  }, SLOW_MS);
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

for (const kind of KINDS) {
  test(`${kind}: what came behind the upgrade and after it reaches the process, and comes back in order`, async (context) => {
    const { open } = await startPassing(context, kind);
    const head = randomBytes(1000);
    const client = await open(head);
    assert.equal(sha256(await receive(client, 1000)), sha256(head));
    const data = randomBytes(8 * 1024 * 1024);
    client.write(data);
    client.resume();
    assert.equal(sha256(await receive(client, data.length)), sha256(data));
  });

  test(`${kind}: both sides end together, whichever ends first`, async (context) => {
    const { server, child, messages, open, breakOff } = await startPassing(context, kind);
    const clients = [await open(Buffer.from('x')), await open(Buffer.from('x'))] as const;
    for (const client of clients) await receive(client, 1);
    clients[0].end();
    breakOff(clients[1]);
    await until(() => messages.filter((message) => message === 'closed').length === 2);
    const other = await open(Buffer.from('x'));
    await receive(other, 1);
    other.resume();
    const ended = once(other, 'close');
    child.kill('SIGKILL');
    await ended;
    await until(async () => (await connections(server)) === 0);
  });

  test(`${kind}: all that the process has sent arrives, though it ends its side at once`, async (context) => {
    const bytes = 32 * 1024 * 1024;
    const { open } = await startPassing(context, kind, { pour: bytes });
    const client = await open();
    let had = 0;
    client.on('data', ({ length }: Buffer) => {
      had += length;
    });
    await once(client, 'end');
    assert.equal(had, bytes);
  });

  test(`${kind}: a process that takes nothing holds 64 connections at most, and its death closes them`, async (context) => {
    const { server, child, open } = await startPassing(context, kind);
    child.kill('SIGSTOP');
    const clients = await Promise.all(Array.from({ length: 70 }, () => open()));
    for (const client of clients) client.resume();
    const closed = () => clients.filter((client) => client.closed).length;
    await until(() => closed() >= 5, SLOW_MS);
    child.kill('SIGKILL');
    await until(async () => closed() === 70 && (await connections(server)) === 0, SLOW_MS);
  });

  test(`${kind}: a process that dies of a connection, while more are on their way, leaves none of them open`, async (context) => {
    const { server, open } = await startPassing(context, kind, { dies: true });
    const before = descriptors();
    const clients = await Promise.all(Array.from({ length: 20 }, () => open()));
    await Promise.all(clients.map((client) => client.destroyed || once(client.resume(), 'close')));
    await until(async () => (await connections(server)) === 0 && descriptors() <= before, SLOW_MS);
  });

  test(`${kind}: the server closes while the process has a connection, and once it is gone`, async (context) => {
    const { server, child, open } = await startPassing(context, kind);
    const client = await open(Buffer.from('x'));
    await receive(client, 1);
    const gone = Promise.all([once(child, 'exit'), once(client.resume(), 'close')]);
    child.kill('SIGKILL');
    await gone;
    const closed = once(server, 'close');
    server.close();
    await closed;
  });

  test(`${kind}: a connection that has ended already goes nowhere`, async (context) => {
    const { server, messages, open } = await startPassing(context, kind);
    server.prependOnceListener('upgrade', (_request, socket: Socket) => socket.destroy());
    await once((await open()).resume(), 'close');
    const next = await open(Buffer.from('x'));
    await receive(next, 1);
    await until(() => messages.length > 0);
    assert.deepEqual(messages, ['taken']);
    await until(async () => (await connections(server)) === (kind === 'TLS' ? 1 : 0));
  });
}

test('plain: nothing of a connection passes through the server process: it goes on while that is stopped', async (context) => {
  const server = fork(new URL('./passing-server.ts', import.meta.url));
  context.after(() => server.kill('SIGKILL'));
  const [{ port }] = (await once(server, 'message')) as [{ port: number }];
  const client = connect(port);
  context.after(() => client.destroy());
  client.write(`${UPGRADE}x`);
  await receive(client, 1);
  server.kill('SIGSTOP');
  const data = randomBytes(16 * 1024 * 1024);
  client.write(data);
  client.resume();
  assert.equal(sha256(await receive(client, data.length)), sha256(data));
});

test('TLS: a browser that reads nothing stops the process, and fills no memory here', async (context) => {
  const { sockets, open } = await startPassing(context, 'TLS', { pour: 64 * 1024 * 1024, stallMs: 1_000_000 });
  const client = await open();
  client.pause();
  await untilStopped(sockets);
  for (let turns = 0; turns < 500; turns++) {
    assert.ok(sockets[0]!.writableLength < 1024 * 1024, `${sockets[0]!.writableLength} bytes wait here`);
    await turn();
  }
});

test('TLS: a browser that reads nothing is let go of, and its process learns of it', async (context) => {
  const { server, messages, open } = await startPassing(context, 'TLS', { pour: 64 * 1024 * 1024, stallMs: 500 });
  const before = descriptors();
  const client = await open();
  client.pause();
  await until(() => messages.includes('closed'), SLOW_MS);
  await until(async () => (await connections(server)) === 0, SLOW_MS);
  client.destroy();
  await until(() => descriptors() <= before, SLOW_MS);
});

test('TLS: a browser that reads nothing has two seconds for what is left of a process that has died', async (context) => {
  const options = { pour: 64 * 1024 * 1024, stallMs: 1_000_000 };
  const { server, child, sockets, open } = await startPassing(context, 'TLS', options);
  const client = await open();
  client.pause();
  await untilStopped(sockets);
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  // Cannot be delivered, which shows that nobody is there.
  client.write('x');
  await until(async () => (await connections(server)) === 0, SLOW_MS);
});
