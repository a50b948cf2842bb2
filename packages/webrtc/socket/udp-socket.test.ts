import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { loadNative } from '../native/load.ts';
import { UdpSocket } from './udp-socket.ts';

const native = loadNative();
const FLIGHT = 64;
const HAS_IPV6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));

/** A socket that keeps what it receives, and can wait for it. */
function listen(address: string) {
  const received: { data: Buffer; from: string; to: string }[] = [];
  let wanted = { count: 0, resolve: () => {} };
  const socket = UdpSocket.bind({
    address,
    port: 0,
    receive(batch) {
      for (const { data, from, to } of batch)
        received.push({ data: Buffer.from(data), from: `${from.address} ${from.port}`, to });
      if (received.length >= wanted.count) wanted.resolve();
    },
  });
  const until = (count: number): Promise<void> =>
    new Promise((resolve) => {
      if (received.length >= count) resolve();
      else wanted = { count, resolve };
    });
  return { socket, received, until };
}

/** The port is given back in a later turn of the event loop. */
async function bindWhenFree(port: number): Promise<UdpSocket> {
  for (;;) {
    try {
      return UdpSocket.bind({ address: '::', port, receive() {} });
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'EADDRINUSE');
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

describe('UdpSocket', { skip: 'reason' in native && native.reason }, () => {
  test('has IPv4 and IPv6 on one port, and answers from the address that was asked', async () => {
    const all = listen('::');
    for (const [address, to] of [
      ['127.0.0.1', '127.0.0.2'],
      ['::1', '::1'],
    ] as const) {
      if (address === '::1' && !HAS_IPV6) continue;
      const peer = listen(address);
      assert.ok(peer.socket.send(Buffer.from('question'), { address: to, port: all.socket.port }));
      await all.until(all.received.length + 1);
      const { from, to: ours, data } = all.received.at(-1)!;
      assert.deepEqual([from, ours, String(data)], [`${address} ${peer.socket.port}`, to, 'question']);
      assert.ok(all.socket.send(Buffer.from('answer'), { address, port: peer.socket.port }, ours));
      await peer.until(1);
      assert.deepEqual(peer.received[0], {
        data: Buffer.from('answer'),
        from: `${to} ${all.socket.port}`,
        to: address,
      });
      peer.socket.close();
    }
    all.socket.close();
  });

  test('receives datagrams of all sizes whole and in order', async () => {
    const { socket, received, until } = listen('127.0.0.1');
    const peer = createSocket('udp4');
    const sent: Buffer[] = [];
    for (let flight = 0; flight < 12; flight += 1) {
      for (let at = 0; at < FLIGHT; at += 1) {
        const size = flight === 0 ? at + 1 : at === 3 ? 60_000 : (sent.length * 37) % 1500 || 1;
        sent.push(randomBytes(size));
        await new Promise((resolve) => peer.send(sent.at(-1)!, socket.port, '127.0.0.1', resolve));
      }
      await until(sent.length);
    }
    assert.deepEqual(
      received.map(({ data }) => data),
      sent,
    );
    peer.close();
    socket.close();
  });

  test('with a peer hears nobody else, also after the port of the peer was closed', async () => {
    const peer = listen('127.0.0.1');
    const stranger = listen('127.0.0.2');
    const to = { address: '127.0.0.1', port: peer.socket.port };
    const received: string[] = [];
    const done = Promise.withResolvers<void>();
    const socket = UdpSocket.bind({
      address: '0.0.0.0',
      port: 0,
      peer: to,
      receive(batch) {
        for (const { data } of batch) received.push(String(data));
        if (received.at(-1) === 'end') done.resolve();
      },
    });
    const us = { address: '127.0.0.1', port: socket.port };
    stranger.socket.send(Buffer.from('garbage'), us);
    peer.socket.close();
    const again = await bindWhenFree(to.port);
    again.close();
    for (let count = 0; count < 4; count += 1) {
      socket.send(Buffer.from('ping'), to);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const back = await bindWhenFree(to.port);
    back.send(Buffer.from('end'), us);
    await done.promise;
    assert.deepEqual(received, ['end']);
    for (const one of [socket, stranger.socket, back]) one.close();
    assert.throws(() => UdpSocket.bind({ address: '::', port: 0, peer: to, receive() {} }), { code: 'EAFNOSUPPORT' });
  });

  test('says why it cannot be bound', () => {
    const first = UdpSocket.bind({ address: '0.0.0.0', port: 0, receive() {} });
    const bind =
      (address: string, port = 0) =>
      () =>
        UdpSocket.bind({ address, port, receive() {} });
    assert.throws(bind('0.0.0.0', first.port), { code: 'EADDRINUSE' });
    assert.throws(bind('::', first.port), { code: 'EADDRINUSE' });
    assert.throws(bind('192.0.2.1'), { code: 'EADDRNOTAVAIL' });
    for (const address of ['localhost', '', '1.2.3', '::1%lo', '127.0.0.1 '])
      assert.throws(bind(address), { code: 'EINVAL' });
    first.close();
  });

  test('says what the kernel refuses', () => {
    const socket = UdpSocket.bind({ address: '127.0.0.1', port: 0, receive() {} });
    assert.equal(socket.send(Buffer.alloc(65_508), { address: '127.0.0.1', port: 9 }), false);
    assert.equal(socket.send(Buffer.alloc(1), { address: '::1', port: 9 }), false);
    assert.throws(() => socket.send(Buffer.alloc(1), { address: 'localhost', port: 9 }), {
      code: 'ERR_INVALID_ARG_VALUE',
    });
    assert.throws(() => socket.send(Buffer.alloc(1), { address: '127.0.0.1', port: 65_536 }), {
      code: 'ERR_INVALID_ARG_VALUE',
    });
    socket.close();
  });

  test('can be closed while it receives, and its port is free then', async () => {
    const port = await new Promise<number>((resolve) => {
      const socket = UdpSocket.bind({
        address: '::',
        port: 0,
        receive() {
          socket.close();
          socket.close();
          assert.equal(socket.send(Buffer.alloc(1), { address: '127.0.0.1', port: 9 }), false);
          resolve(socket.port);
        },
      });
      for (const address of ['127.0.0.1', '::1']) socket.send(Buffer.from('end'), { address, port: socket.port });
    });
    (await bindWhenFree(port)).close();
  });

  test('of a worker ends with it, and what its receiver throws is an uncaught exception there', async () => {
    const source = (body: string) => `
      const { parentPort } = require('node:worker_threads');
      import(${JSON.stringify(join(import.meta.dirname, 'udp-socket.ts'))}).then(({ UdpSocket }) => {
        const socket = UdpSocket.bind({ address: '::', port: 0, receive() { throw new Error('of the receiver'); } });
        parentPort.postMessage(socket.port);
        ${body}
      });`;
    const quiet = new Worker(source(''), { eval: true });
    const [port] = await once(quiet, 'message');
    await quiet.terminate();
    (await bindWhenFree(port)).close();
    const loud = new Worker(source(`socket.send(Buffer.alloc(1), { address: '127.0.0.1', port: socket.port });`), {
      eval: true,
    });
    const [error] = await once(loud, 'error');
    assert.equal((error as Error).message, 'of the receiver');
    await loud.terminate();
  });
});
