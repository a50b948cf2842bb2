import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { it, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { loadNative } from '../native/load.ts';
import { WebRtcServer } from './server.ts';
import { MovingBrowser } from './testing/moving-browser.ts';

const BATCH = 25;

const FRAMES = 20;
const PACKETS_OF_FRAME = 500;

function packet(length = 200, isLast = false): Buffer {
  const bytes = Buffer.alloc(length);
  bytes[1] = isLast ? 0x80 : 0;
  bytes[0] = 0x90;
  bytes.writeUInt32BE(7, 8);
  bytes.writeUInt32BE(0xbede_0001, 12);
  return bytes;
}

/** A peer and its browser, which has no path yet. */
async function meet(t: TestContext) {
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
  return { peer, browser, connected: Promise.all([browser.connected(), connected.promise]) };
}

it('media follow a browser from UDP to another port, to TCP and back: each number once, across a wrap', {
  skip: 'reason' in loadNative(),
}, async (t) => {
  const { peer, browser, connected } = await meet(t);
  browser.addUdp('first');
  browser.addUdp('second');
  browser.addTcp('tcp');
  let next = 0x1_0000 - 2 * BATCH - 10;
  const send = (): void => {
    const packets = Array.from({ length: BATCH }, () => packet());
    assert.ok(
      peer.sendRtp(packets, {
        payloadType: 96,
        extensionId: 5,
        transportNumbersId: 0,
        sequence: next % 0x1_0000,
        keep: true,
      }),
    );
    next += BATCH;
  };
  const first = next;
  const arrived = () => browser.until((received) => received.length === next - first);
  browser.take('first');
  await connected;
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

it('over a slow TCP connection frames arrive whole or not at all, however large, and go on once it has room', {
  skip: 'reason' in loadNative(),
}, async (t) => {
  const { peer, browser, connected } = await meet(t);
  const socket = browser.addTcp('tcp');
  browser.take('tcp');
  await connected;
  let next = 0;
  const send = (count: number): void => {
    const packets = Array.from({ length: count }, (_, at) => packet(1_200, at === count - 1));
    assert.ok(
      peer.sendRtp(packets, { payloadType: 96, extensionId: 5, transportNumbersId: 0, sequence: next, keep: true }),
    );
    next += count;
  };
  socket.pause();
  for (let frame = 0; frame < FRAMES; frame += 1) send(PACKETS_OF_FRAME);
  socket.resume();
  const large = next;
  while (!browser.received.some(({ sequence }) => sequence >= large)) {
    if (next < 0x8000) send(1);
    await turn();
  }
  const counts = Array<number>(FRAMES).fill(0);
  for (const { sequence } of browser.received)
    if (sequence < large) counts[Math.floor(sequence / PACKETS_OF_FRAME)]! += 1;
  assert.deepEqual([...new Set(counts)].sort(), [0, PACKETS_OF_FRAME], counts.join());
});
