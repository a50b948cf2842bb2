import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, test } from 'node:test';
import { type DatagramSocket, type OpenDatagramSocket, openNodeSocket } from '@moonshare/gamestream';
import { openDatagramSocket } from './datagram-socket.ts';

const HAS_IPV6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
/** More than the addon reads in one batch. */
const MANY = 300;

for (const [name, openSocket] of [
  ["Node's", openNodeSocket],
  ["the streamer's", openDatagramSocket],
] as [string, OpenDatagramSocket][]) {
  describe(`a datagram socket, ${name}`, () => {
    const open: { close(): unknown }[] = [];

    afterEach(async () => {
      for (const socket of open.splice(0)) await socket.close();
    });

    async function udp(address = '127.0.0.1', port = 0): Promise<Socket> {
      const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4').bind(port, address);
      await once(socket, 'listening');
      open.push(socket);
      return socket;
    }

    async function close(socket: Socket): Promise<void> {
      open.splice(open.indexOf(socket), 1);
      await new Promise<void>((closed) => socket.close(closed));
    }

    /** Connected to `host`, which knows by a ping where it is. */
    async function connected(host: Socket, { address = host.address().address, localPort = 0 } = {}) {
      const received: Buffer[] = [];
      let wanted = { count: 0, resolve: () => {} };
      const socket: DatagramSocket = await openSocket({
        address,
        port: host.address().port,
        localPort,
        receive(datagram) {
          received.push(Buffer.from(datagram));
          if (received.length >= wanted.count) wanted.resolve();
        },
        foreign: () => {},
      });
      open.push(socket);
      const ping = once(host, 'message') as Promise<[Buffer, RemoteInfo]>;
      socket.send(Buffer.from('ping'));
      const [, from] = await ping;
      const until = (count: number): Promise<void> =>
        new Promise((resolve) => {
          if (received.length >= count) resolve();
          else wanted = { count, resolve };
        });
      const send = (datagram: Buffer | string, by = host) =>
        new Promise((sent) => by.send(datagram, from.port, from.address, sent));
      return { socket, from, received, until, send };
    }

    test('receives datagrams of all sizes', async () => {
      const { received, until, send } = await connected(await udp());
      const sent = Array.from({ length: MANY }, (_, at) => randomBytes(at === 7 ? 60_000 : 1 + ((at * 37) % 1500)));
      for (const [at, datagram] of sent.entries()) {
        await send(datagram);
        // So that the kernel's buffer is never full.
        if (at % 50 === 49) await until(at + 1);
      }
      await until(MANY);
      // Not deepEqual, which takes minutes to say how so many bytes differ.
      assert.equal(received.length, MANY);
      for (const [at, datagram] of sent.entries()) assert.ok(received[at]!.equals(datagram), `datagram ${at}`);
    });

    test('hears nobody but its host', async () => {
      const host = await udp();
      const others = [await udp(), await udp('127.0.0.2', host.address().port)];
      const { received, until, send } = await connected(host);
      for (let count = 0; count < 20; count += 1) for (const other of others) await send('garbage', other);
      await send('end');
      await until(1);
      assert.deepEqual(received.map(String), ['end']);
    });

    test('sends from the given port, says if that is taken, and gives it back', async () => {
      const free = await udp();
      const { port: localPort } = free.address();
      await close(free);
      const host = await udp();
      for (let round = 0; round < 3; round += 1) {
        const { socket, from } = await connected(host, { localPort });
        assert.equal(from.port, localPort);
        await assert.rejects(connected(host, { localPort }), { code: 'EADDRINUSE' });
        open.splice(open.indexOf(socket), 1);
        await socket.close();
      }
    });

    test("survives that its host's port is closed for a while", async () => {
      const host = await udp();
      const { port } = host.address();
      const { socket, received, until, send } = await connected(host);
      await close(host);
      // Each meets the ICMP error that the one before has caused, also one that the event loop has been told of.
      for (let count = 0; count < 4; count += 1) {
        socket.send(Buffer.from('ping'));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await send('media', await udp('127.0.0.1', port));
      await until(1);
      assert.deepEqual(received.map(String), ['media']);
    });

    test('says that there is no way to its host', async () => {
      const options = { localPort: 0, receive: () => {}, foreign: () => {} };
      // Broadcast has to be asked for.
      await assert.rejects(openSocket({ address: '255.255.255.255', port: 9, ...options }), { code: 'EACCES' });
    });

    test('speaks IPv6, written in any way, and with a zone', { skip: !HAS_IPV6 && 'there is no IPv6' }, async () => {
      const host = await udp('::1');
      for (const address of ['::1', '0:0:0:0:0:0:0:1', '::1%lo']) {
        const { received, until, send } = await connected(host, { address });
        await send(address);
        await until(1);
        assert.deepEqual(received.map(String), [address]);
      }
    });
  });
}
