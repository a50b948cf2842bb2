import assert from 'node:assert/strict';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, test } from 'node:test';
import { MediaSocket } from './media-socket.ts';

const PAYLOAD = '0123456789ABCDEF';

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

  /** A media socket towards `host`, and where its first ping came from. */
  async function pinging(host: Socket, localPort = 0): Promise<{ media: MediaSocket; from: RemoteInfo }> {
    const { port } = host.address();
    const media = new MediaSocket({ address: '127.0.0.1', port, pingPayload: PAYLOAD, localPort });
    open.push(media);
    const pinged = once(host, 'message') as Promise<[Buffer, RemoteInfo]>;
    await media.open();
    const [datagram, from] = await pinged;
    assert.equal(datagram.toString('latin1', 0, 16), PAYLOAD);
    return { media, from };
  }

  test('pings from the wanted port, and says so if that is taken', async () => {
    const host = await udp();
    const free = await udp();
    const { port } = free.address();
    free.close();
    open.splice(open.indexOf(free), 1);
    const first = await pinging(host, port);
    assert.equal(first.from.port, port);
    await assert.rejects(pinging(host, port), { code: 'EADDRINUSE' });
  });

  test('keeps what comes before somebody takes it, in order', async () => {
    const host = await udp();
    const { media, from } = await pinging(host);
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

  test('takes nothing from elsewhere', async () => {
    const host = await udp();
    const stranger = await udp();
    const { media, from } = await pinging(host);
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

  test('outlives a host port that is closed', async () => {
    const host = await udp();
    const { media, from } = await pinging(host);
    const { port } = host.address();
    await new Promise<void>((closed) => host.close(() => closed()));
    open.splice(open.indexOf(host), 1);
    // Two pings: the second meets the ICMP error of the first.
    media.announced();
    media.announced();
    const again = createSocket('udp4').bind(port, '127.0.0.1');
    open.push(again);
    await once(again, 'listening');
    const came = new Promise<void>((resolve) => media.onFirst(resolve));
    again.send('media', from.port, from.address);
    await came;
    assert.notEqual(media.firstAt, null);
  });
});
