import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MAX_MESSAGE_BYTES } from './constants.ts';
import { connectedPair, happened, TestNetwork } from './testing/network.ts';

test('an unanswered CONNECT is sent at 0, 504, 1008, 2016, 3528 and 5544 ms, and fails at 8064 ms', () => {
  const network = new TestNetwork();
  const client = network.add('C');
  network.apply('C', client.connect({ to: 'H', channels: 48, data: 0 }, 0));
  network.run(8063);
  assert.deepEqual(
    network.sent.map((d) => d.at),
    [0, 504, 1008, 2016, 3528, 5544],
  );
  assert.equal(new Set(network.sent.map((d) => d.hex.slice(8))).size, 1, 'only the sent time is new');
  assert.deepEqual(network.events.get('C'), []);
  network.run(8064);
  assert.deepEqual(network.events.get('C'), [{ type: 'disconnected', peer: 0, reason: 'failed', data: 0 }]);
  assert.equal(client.stats(0), null);
});

test('an unacknowledged VERIFY_CONNECT frees the slot without an event', () => {
  const network = new TestNetwork();
  const client = network.add('C');
  const host = network.add('H');
  network.outcome = (_, from) => (from === 'C' && network.sent.length === 1 ? [1] : []);
  network.apply('C', client.connect({ to: 'H', channels: 48, data: 0 }, 0));
  network.run(8100);
  assert.equal(host.stats(0), null);
  assert.deepEqual(network.events.get('H'), []);
});

test('a connected client gives up 10 s after the first unanswered transmission', () => {
  const { network, client } = connectedPair();
  network.run(2000);
  network.outcome = () => [];
  const start = network.now;
  network.apply('C', client.send(0, 0, Buffer.from('x'), 'reliable', start));
  network.run(start + 9999);
  assert.ok(!network.events.get('C')!.some((e) => e.type === 'disconnected'));
  network.run(start + 10100);
  assert.deepEqual(network.events.get('C')!.at(-1), { type: 'disconnected', peer: 0, reason: 'timeout', data: 0 });
  assert.throws(() => client.send(0, 0, Buffer.from('x'), 'reliable', network.now), { code: 'NOT_CONNECTED' });
});

test('a host with a base timeout of 60 ms sends at 0, 60, 120, 240, 420, 660, 960 ms, and gives up at 5.52 s', () => {
  const network = new TestNetwork();
  const client = network.add('C');
  const host = network.add('H');
  network.outcome = () => [15];
  network.apply('C', client.connect({ to: 'H', channels: 48, data: 0 }, 0));
  network.run(100);
  assert.equal(host.stats(0)?.rttMs, 30);
  network.outcome = () => [];
  network.sent.length = 0;
  network.apply('H', host.send(0, 0, Buffer.from('x'), 'reliable', 100));
  network.run(100 + 5519);
  const times = network.sent.filter((d) => d.from === 'H').map((d) => d.at - 100);
  assert.deepEqual(times.slice(0, 7), [0, 60, 120, 240, 420, 660, 960]);
  assert.ok(!network.events.get('H')!.some((e) => e.type === 'disconnected'));
  network.run(100 + 5520);
  assert.deepEqual(network.events.get('H')!.at(-1), { type: 'disconnected', peer: 0, reason: 'timeout', data: 0 });
});

test('a PING is sent 500 ms after the last ACK if nothing is outstanding, and only then', () => {
  const { network } = connectedPair();
  network.sent.length = 0;
  network.run(2600);
  const pings = network.sent.filter((d) => d.from === 'C' && d.hex.includes('85ff'));
  assert.ok(pings.length === 5 || pings.length === 4, `${pings.length} pings in 2.6 s`);
  for (let i = 1; i < pings.length; i++) assert.equal(pings[i]!.at - pings[i - 1]!.at, 502);
});

test('a retransmission on a fast link waits at least 20 ms', () => {
  const { network, client } = connectedPair();
  network.run(3000);
  network.outcome = () => [];
  network.sent.length = 0;
  const start = network.now;
  network.apply('C', client.send(0, 0, Buffer.from('x'), 'reliable', start));
  network.run(start + 1000);
  const times = network.sent.filter((d) => d.hex.includes('8600')).map((d) => d.at - start);
  assert.deepEqual(times.slice(0, 4), [0, 20, 40, 80]);
});

test('an ACK from the future is ignored', () => {
  const { network, client } = connectedPair();
  network.run(1000);
  network.outcome = () => [];
  network.apply('C', client.send(0, 0, Buffer.from('x'), 'reliable', network.now));
  const ack = Buffer.from(`0000010000010001${(network.now + 5).toString(16).padStart(4, '0')}`, 'hex');
  network.apply('C', client.receive(ack, 'H', network.now));
  assert.equal(client.stats(0)?.unacknowledged, 1);
  ack.writeUInt16BE(network.now, 8);
  network.apply('C', client.receive(ack, 'H', network.now));
  assert.equal(client.stats(0)?.unacknowledged, 0);
});

test('a peer that lets 1 MiB pile up is disconnected', () => {
  const { network, client } = connectedPair();
  network.outcome = () => [];
  const big = Buffer.alloc(MAX_MESSAGE_BYTES);
  const types: string[] = [];
  for (let i = 0; i < 5 && types.length === 0; i++) {
    types.push(...happened(client.send(0, 0, big, 'reliable', network.now)).map((e) => e.type));
  }
  assert.deepEqual(types, ['disconnected']);
  const other = connectedPair();
  const longer = Buffer.alloc(MAX_MESSAGE_BYTES + 1);
  assert.throws(() => other.client.send(0, 0, longer, 'reliable', 20), { code: 'INVALID_ARGUMENT' });
});

test('a 256 KiB message passes the 64 KiB window', () => {
  const { network, client } = connectedPair();
  const big = Buffer.alloc(MAX_MESSAGE_BYTES, 7);
  network.apply('C', client.send(0, 0, big, 'reliable', network.now));
  network.run(network.now + 1000);
  const message = network.events.get('H')!.find((e) => e.type === 'message');
  assert.ok(message?.type === 'message' && message.data.equals(big));
});

test('thousands of small messages wait for free number blocks, and all arrive in order', () => {
  const { network, client } = connectedPair();
  network.run(1000);
  const count = 70000;
  let sent = 0;
  while (sent < count) {
    for (let i = 0; i < 5000 && sent < count; i++, sent++) {
      const data = Buffer.alloc(4);
      data.writeUInt32BE(sent);
      network.apply('C', client.send(0, 0, data, 'reliable', network.now));
    }
    network.run(network.now + 200);
  }
  const numbers = network.events.get('H')!.flatMap((e) => (e.type === 'message' ? [e.data.readUInt32BE(0)] : []));
  assert.equal(numbers.length, count);
  assert.ok(numbers.every((n, i) => n === i));
});

test('with 20 % loss, repeats and reordering each reliable message arrives once, in order per channel', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 20 }), (seed, lossPercent) => {
      let state = seed | 1;
      const random = (below: number) => {
        state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
        return (state >>> 8) % below;
      };
      const { network, client, host } = connectedPair();
      network.outcome = () => {
        if (random(100) < lossPercent) return [];
        const delay = 1 + random(30);
        return random(100) < 5 ? [delay, delay + random(100)] : [delay];
      };
      const sides = [
        ['C', client],
        ['H', host],
      ] as const;
      for (let i = 0; i < 60; i++) {
        for (const [address, side] of sides) {
          const data = Buffer.alloc(i % 20 === 19 ? 3000 : 2, i);
          network.apply(address, side.send(0, i % 3, data, 'reliable', network.now));
          network.apply(address, side.send(0, i % 3, Buffer.from([0xee, i]), 'unsequenced', network.now));
        }
        network.run(network.now + 20);
      }
      network.run(network.now + 9000);
      for (const [address, side] of sides) {
        const messages = network.events.get(address)!.flatMap((e) => (e.type === 'message' ? [e] : []));
        for (const channel of [0, 1, 2]) {
          const got = messages.filter((m) => m.channel === channel && m.mode === 'reliable').map((m) => m.data[0]);
          assert.deepEqual(
            got,
            Array.from({ length: 20 }, (_, k) => 3 * k + channel),
          );
        }
        const groups = messages.filter((m) => m.mode === 'unsequenced').map((m) => m.data[1]);
        assert.equal(new Set(groups).size, groups.length, 'unsequenced at most once');
        assert.ok(side.stats(0), 'still connected');
      }
    }),
    // Always the same: once in some hundred runs a message is lost nine times in a row, and its sender gives up, as it should.
    { numRuns: 25, seed: 7 },
  );
});
