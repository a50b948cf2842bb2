import assert from 'node:assert/strict';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, test } from 'node:test';
import { MediaSocket } from './media-socket.ts';

describe('a media socket', () => {
  const open: { close(): unknown }[] = [];

  afterEach(async () => {
    for (const socket of open.splice(0)) await socket.close();
  });

  async function udp(): Promise<Socket> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    open.push(socket);
    return socket;
  }

  /** A media socket connected to `host`, and the address it sends from. */
  async function opened(host: Socket, localPort = 0): Promise<{ media: MediaSocket; from: RemoteInfo }> {
    const { port } = host.address();
    const media = new MediaSocket({ address: '127.0.0.1', port, localPort });
    open.push(media);
    const received = once(host, 'message') as Promise<[Buffer, RemoteInfo]>;
    assert.equal(await media.open(), true);
    media.send(Buffer.from('ping'));
    const [, from] = await received;
    return { media, from };
  }

  test('sends from the given port, and fails with EADDRINUSE if that is taken', async () => {
    const host = await udp();
    const free = await udp();
    const { port } = free.address();
    free.close();
    open.splice(open.indexOf(free), 1);
    const first = await opened(host, port);
    assert.equal(first.from.port, port);
    await assert.rejects(opened(host, port), { code: 'EADDRINUSE' });
  });

  test('keeps early datagrams until there is a receiver, in order', async () => {
    const host = await udp();
    const { media, from } = await opened(host);
    const came = new Promise<void>((resolve) => media.onFirst(resolve));
    host.send('one', from.port, from.address);
    await came;
    const got: string[] = [];
    const both = new Promise<void>((resolve) => {
      media.deliver((datagram) => {
        got.push(datagram.toString());
        if (got.length === 2) resolve();
      });
    });
    host.send('two', from.port, from.address);
    await both;
    assert.deepEqual(got, ['one', 'two']);
  });

  test('takes no datagrams from other addresses', async () => {
    const host = await udp();
    const stranger = await udp();
    const { media, from } = await opened(host);
    const got: string[] = [];
    const done = new Promise<void>((resolve) => {
      media.deliver((datagram) => {
        got.push(datagram.toString());
        if (got.at(-1) === 'end') resolve();
      });
    });
    for (let count = 0; count < 50; count += 1) {
      await new Promise((sent) => stranger.send('garbage', from.port, from.address, sent));
    }
    host.send('end', from.port, from.address);
    await done;
    assert.deepEqual(got, ['end']);
  });

  test('survives a closed host port', async () => {
    const host = await udp();
    const { media, from } = await opened(host);
    const { port } = host.address();
    await new Promise<void>((closed) => host.close(() => closed()));
    open.splice(open.indexOf(host), 1);
    // Two pings: the second one meets the ICMP error caused by the first.
    media.send(Buffer.from('ping'));
    media.send(Buffer.from('ping'));
    const again = createSocket('udp4').bind(port, '127.0.0.1');
    open.push(again);
    await once(again, 'listening');
    const came = new Promise<void>((resolve) => media.onFirst(resolve));
    again.send('media', from.port, from.address);
    await came;
    assert.notEqual(media.firstAt, null);
  });
});
