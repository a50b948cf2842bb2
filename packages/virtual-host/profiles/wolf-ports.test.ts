import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mock, type TestContext, test } from 'node:test';
import { DropControl, type MediaTarget } from '../session/host-media-socket.ts';
import { WolfPorts } from './wolf-ports.ts';

async function freePort(): Promise<number> {
  const probe = createSocket('udp4');
  probe.bind(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  await new Promise<void>((closed) => probe.close(closed));
  return port;
}

/** A free port, its Wolf listeners on virtual time, and the pings that they received. */
async function ports(t: TestContext) {
  const port = await freePort();
  const pings: MediaTarget[] = [];
  let onPing = () => {};
  const wolf = new WolfPorts({
    bind: '127.0.0.1',
    drop: new DropControl(),
    onPing: (from) => {
      pings.push(from);
      onPing();
    },
  });
  mock.timers.enable({ apis: ['setTimeout'] });
  const client = createSocket('udp4');
  t.after(async () => {
    mock.timers.reset();
    client.close();
    await wolf.close();
  });
  const ping = async (count: number, to = port) => {
    for (let sent = 0; sent < count; sent++) {
      await new Promise((done) => client.send('any', to, '127.0.0.1', done));
    }
  };
  const next = () =>
    new Promise<void>((resolve) => {
      onPing = resolve;
    });
  return { wolf, port, pings, ping, next };
}

async function isFree(port: number): Promise<boolean> {
  const socket: Socket = createSocket('udp4');
  return new Promise((resolve) => {
    socket.once('error', () => resolve(false));
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
  });
}

test('any datagram takes 500 ms to handle; others wait', async (t) => {
  const { wolf, port, pings, ping, next } = await ports(t);
  const other = await freePort();
  await wolf.take(port);
  await wolf.take(other);
  const first = next();
  await ping(1);
  await first;
  // What arrived at the other port came after those two.
  await ping(2);
  const last = next();
  await ping(1, other);
  await last;
  const counts = [0, 499, 1, 500, 500].map((ms) => {
    mock.timers.tick(ms);
    return pings.length;
  });
  assert.deepEqual(counts, [2, 2, 3, 4, 4]);
});

test('a port is held for 4 s, even if its session ends earlier', async (t) => {
  const { wolf, port } = await ports(t);
  const taken = await wolf.take(port);
  taken.release();
  mock.timers.tick(3_999);
  assert.equal(await isFree(port), false);
  mock.timers.tick(1);
  assert.equal(await isFree(port), true);
});

test('a session sends from its port as long as it lives, but the port listens for only 4 s', async (t) => {
  const { wolf, port, pings, ping } = await ports(t);
  const taken = await wolf.take(port);
  mock.timers.tick(4_000);
  assert.equal(await isFree(port), false);
  const client = createSocket('udp4');
  client.bind(0, '127.0.0.1');
  await once(client, 'listening');
  await ping(2);
  const arrived = once(client, 'message');
  const count = { sent: 0, dropped: 0 };
  taken.send([Buffer.from('media')], { address: '127.0.0.1', port: client.address().port }, count);
  const [data, from] = await arrived;
  assert.deepEqual([data.toString(), from.port, count.sent, pings.length], ['media', port, 1, 0]);
  client.close();
  taken.release();
  assert.equal(await isFree(port), true);
});

test('a session assigned to a port still held gets no 4 s of its own', async (t) => {
  const { wolf, port, pings, ping, next } = await ports(t);
  (await wolf.take(port)).release();
  mock.timers.tick(3_000);
  const second = await wolf.take(port);
  const first = next();
  await ping(1);
  await first;
  mock.timers.tick(1_000);
  await ping(5);
  assert.equal(await isFree(port), false, 'the second session sends from it');
  assert.equal(pings.length, 1);
  second.release();
});
