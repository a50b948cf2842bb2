import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { it } from 'node:test';
import { loadNative } from '../native/load.ts';
import { WebRtcServer } from './server.ts';
import { MovingBrowser } from './testing/moving-browser.ts';

const BATCH = 25;

function packet(): Buffer {
  const bytes = Buffer.alloc(200);
  bytes[0] = 0x90;
  bytes.writeUInt32BE(7, 8);
  bytes.writeUInt32BE(0xbede_0001, 12);
  return bytes;
}

it('media follow a browser from UDP to another port, to TCP and back: each number once, across a wrap', {
  skip: 'reason' in loadNative(),
}, async (t) => {
  const server = await WebRtcServer.create({ port: 0, address: '127.0.0.1', allows: () => true });
  t.after(() => server.close());
  const local = { ufrag: randomBytes(4).toString('hex'), password: randomBytes(16).toString('hex') };
  const browser = new MovingBrowser(server.port, { ...local, fingerprint: server.fingerprint });
  t.after(() => browser.close());
  const connected = Promise.withResolvers<void>();
  const peer = server.connect({
    ice: 'controlled',
    dtls: 'server',
    sctp: null,
    local,
    remote: { ...browser.local, fingerprint: browser.fingerprint },
    events: {
      candidate: () => {},
      connected: connected.resolve,
      channel: () => {},
      admitsData: () => true,
      tooLarge: () => {},
      rtcp: () => {},
      ended: (end, detail) => connected.reject(new Error(`${end}: ${detail}`)),
      failed: connected.reject,
    },
  });
  peer.start();
  browser.addUdp('first');
  browser.addUdp('second');
  browser.addTcp('tcp');
  let next = 0x1_0000 - 2 * BATCH - 10;
  const send = (): void => {
    const packets = Array.from({ length: BATCH }, packet);
    assert.ok(peer.sendRtp(packets, { payloadType: 96, extensionId: 5, sequence: next % 0x1_0000, keep: true }));
    next += BATCH;
  };
  const first = next;
  const arrived = () => browser.until((received) => received.length === next - first);
  browser.take('first');
  await Promise.all([browser.connected(), connected.promise]);
  for (const way of ['first', 'second', 'tcp', 'first', 'tcp', 'second']) {
    browser.take(way);
    while (browser.received.at(-1)?.way !== way) {
      send();
      await arrived();
    }
    send();
    await arrived();
  }
  assert.deepEqual(
    browser.received.map(({ sequence, rollover }) => rollover * 0x1_0000 + sequence).sort((a, b) => a - b),
    Array.from({ length: next - first }, (_, index) => first + index),
  );
});
