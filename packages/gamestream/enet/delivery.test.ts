import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { MAX_HELD_BYTES } from './constants.ts';
import { connectedPair, sends } from './testing/network.ts';
import { RawPeer } from './testing/raw.ts';

const reliable = (channel: number, seq: number, byte: number) =>
  `86${hex(channel, 2)}${hex(seq, 4)} 0001 ${hex(byte, 2)}`;
const unreliable = (channel: number, after: number, seq: number, byte: number) =>
  `07${hex(channel, 2)}${hex(after, 4)} ${hex(seq, 4)} 0001 ${hex(byte, 2)}`;
const ackOf = (channel: number, seq: number, time: string) => `01${hex(channel, 2)}${hex(seq, 4)}${hex(seq, 4)}${time}`;

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

test('reliable 3 before 2: both are acknowledged at once, and delivered as 2, 3', () => {
  const peer = new RawPeer().connect();
  assert.deepEqual(peer.messages(`80001010 ${reliable(0, 1, 1)}`), ['0:01']);
  const third = peer.send(`80001011 ${reliable(0, 3, 3)}`);
  assert.deepEqual(third, { answers: [`0000${ackOf(0, 3, '1011')}`], events: [] });
  const second = peer.send(`80001012 ${reliable(0, 2, 2)}`);
  assert.deepEqual(second.answers, [`0000${ackOf(0, 2, '1012')}`]);
  assert.deepEqual(
    second.events.map((e) => e.type === 'message' && e.data[0]),
    [2, 3],
  );
});

test('a gap blocks only its own channel', () => {
  const peer = new RawPeer().connect();
  assert.deepEqual(peer.messages(`80001010 ${reliable(0, 2, 2)} ${reliable(1, 1, 9)}`), ['1:09']);
});

test('a repeated reliable message gets two ACKs and one delivery', () => {
  const peer = new RawPeer().connect();
  assert.equal(peer.send(`80001010 ${reliable(0, 1, 1)}`).events.length, 1);
  assert.deepEqual(peer.send(`80001020 ${reliable(0, 1, 1)}`), { answers: [`0000${ackOf(0, 1, '1020')}`], events: [] });
});

test('a repeated unsequenced message is delivered once, and different ones in any order', () => {
  const peer = new RawPeer().connect();
  assert.deepEqual(peer.messages('0000 49000000 0001 0002 aabb'), ['0:aabb']);
  assert.deepEqual(peer.messages('0000 49000000 0001 0002 aabb'), []);
  assert.deepEqual(peer.messages('0000 49000000 0003 0001 03 49000000 0002 0001 02'), ['0:03', '0:02']);
});

test('unreliable 3 before 2: only 3 is delivered', () => {
  const peer = new RawPeer().connect();
  assert.deepEqual(peer.messages(`0000 ${unreliable(0x20, 0, 3, 3)} ${unreliable(0x20, 0, 2, 2)}`), ['32:03']);
});

test('an unreliable message waits for the reliable one before it, and is dropped after a newer one', () => {
  const peer = new RawPeer().connect();
  assert.deepEqual(peer.messages(`0000 ${unreliable(0, 1, 1, 0x11)}`), []);
  assert.deepEqual(peer.messages(`80001010 ${reliable(0, 1, 1)}`), ['0:01', '0:11']);
  assert.deepEqual(peer.messages(`0000 ${unreliable(0, 0, 9, 0x99)}`), []);
  assert.deepEqual(peer.messages(`80001011 ${reliable(0, 2, 2)} ${unreliable(0, 2, 1, 0x21)}`), ['0:02', '0:21']);
});

test('the receive window: 0x6FFF is held, 0x7000 and 0x8000 get no ACK, 0x9000 is acknowledged and dropped', () => {
  const peer = new RawPeer().connect();
  peer.send(`80001010 ${reliable(0, 1, 1)} ${reliable(0, 2, 2)}`);
  const answer = (seq: number) => peer.send(`80001011 ${reliable(0, seq, 7)}`);
  assert.deepEqual(answer(0x6fff), { answers: [`0000${ackOf(0, 0x6fff, '1011')}`], events: [] });
  assert.deepEqual(answer(0x7000), { answers: [], events: [] });
  assert.deepEqual(answer(0x8000), { answers: [], events: [] });
  assert.deepEqual(answer(0x9000), { answers: [`0000${ackOf(0, 0x9000, '1011')}`], events: [] });
});

test('a datagram with a wrong session or slot, compressed or short, gets no answer and is counted', () => {
  const peer = new RawPeer().connect();
  const before = peer.host.dropped;
  const bad = [`90001010 ${reliable(0, 1, 1)}`, `80011010 ${reliable(0, 1, 1)}`, `c0001010 ${reliable(0, 1, 1)}`, '80'];
  for (const datagram of bad) assert.deepEqual(peer.send(datagram), { answers: [], events: [] });
  assert.equal(peer.host.dropped - before, bad.length);
});

test('a bad channel ends the datagram: neither it nor the PING after it is acknowledged', () => {
  const peer = new RawPeer().connect();
  assert.deepEqual(peer.answers(`80001010 ${reliable(0x30, 1, 1)} 85ff0002`), []);
  assert.deepEqual(peer.answers(`80001010 85ff0002 ${reliable(0x30, 1, 1)}`), [`0000${ackOf(0xff, 2, '1010')}`]);
});

test('a flagged command without a send time is delivered, not acknowledged, and ends the datagram', () => {
  const peer = new RawPeer().connect();
  const { answers, events } = peer.send(`0000 ${reliable(0, 1, 1)} ${reliable(0, 2, 2)}`);
  assert.deepEqual(answers, []);
  assert.equal(events.length, 1);
});

test('BANDWIDTH_LIMIT, THROTTLE_CONFIGURE and PING are acknowledged and emit nothing', () => {
  const peer = new RawPeer().connect();
  for (const [command, seq] of [
    ['8aff0002 00000000 00000000', 2],
    ['8bff0003 00001388 00000002 00000002', 3],
    ['85ff0004', 4],
  ] as const) {
    assert.deepEqual(peer.send(`80001010 ${command}`), { answers: [`0000${ackOf(0xff, seq, '1010')}`], events: [] });
  }
});

test('BANDWIDTH_LIMIT narrows the send window, to no less than 4096 bytes', () => {
  const { network, client, host } = connectedPair();
  network.run(1000);
  // The smallest window is 4096 bytes: nine messages of 450 bytes.
  network.apply('C', client.receive(Buffer.from('800010108aff00090000000100000000', 'hex'), 'H', network.now));
  network.outcome = () => [100];
  const before = network.sent.length;
  for (let i = 0; i < 40; i++) {
    network.apply('C', client.send(0, 0, Buffer.alloc(450, i), 'reliable', network.now));
  }
  assert.equal(network.sent.length - before, 9);
  network.run(network.now + 5000);
  assert.equal(network.events.get('H')!.filter((e) => e.type === 'message').length, 40);
  assert.equal(host.stats(0)?.unacknowledged, 0);
});

test('the example fragments in reverse order give three ACKs and one message of 2000 bytes', () => {
  const peer = new RawPeer().connect();
  const payload = Buffer.from(Array.from({ length: 2000 }, (_, i) => i & 0xff));
  const fragment = (k: number) => {
    const data = payload.subarray(872 * k, 872 * (k + 1));
    return `80001100 8801${hex(k + 1, 4)} 0001 ${hex(data.length, 4)} 00000003 ${hex(k, 8)} 000007d0 ${hex(872 * k, 8)} ${data.toString('hex')}`;
  };
  assert.deepEqual(peer.send(fragment(2)), { answers: ['00000101000300031100'], events: [] });
  assert.deepEqual(peer.send(fragment(1)), { answers: ['00000101000200021100'], events: [] });
  assert.deepEqual(peer.send(fragment(1)), { answers: ['00000101000200021100'], events: [] }, 'a repeat');
  const { answers, events } = peer.send(fragment(0));
  assert.deepEqual(answers, ['00000101000100011100']);
  assert.deepEqual(
    events.map((e) => e.type === 'message' && e.data),
    [payload],
  );
  assert.deepEqual(peer.messages(`80001101 ${reliable(1, 4, 4)}`), ['1:04'], 'the channel goes on after them');
});

test('a large message is fragmented like the example, and arrives whole', () => {
  const { network, client } = connectedPair({ now: 0x1100 - 10 });
  network.run(0x1100);
  network.sent.length = 0;
  const payload = Buffer.from(Array.from({ length: 2000 }, (_, i) => i & 0xff));
  network.apply('C', client.send(0, 1, payload, 'unreliable', network.now));
  network.run(network.now + 10);
  const sent = network.sent.filter((d) => d.from === 'C').map((d) => Buffer.from(d.hex, 'hex'));
  // Nothing was acknowledged before, so the ACK of VERIFY_CONNECT is repeated: alone before a full datagram.
  assert.deepEqual(
    sent.map((d) => d.length),
    [10, 900, 10, 900, 292],
  );
  assert.deepEqual([sent[1]!, sent[3]!].map(sha256), [
    'd795ce52a4de426bac3e9b95afccfc91fa57fbc79d93e03f4546d806ef183c28',
    '22e160a5cded02fadd82b1fcc92d0654b74b32d9adabb433b45403c13f6756b3',
  ]);
  const message = network.events.get('H')!.find((e) => e.type === 'message');
  assert.deepEqual(message?.type === 'message' && [message.mode, message.data], ['reliable', payload]);
});

for (const [what, fields] of [
  ['number beyond the count', '0001 0001 00000002 00000002 00000002 00000000 aa'],
  ['a total beyond what we hold', '0001 0001 00000002 00000000 00040001 00000000 aa'],
  ['a total below the count', '0001 0001 00000003 00000000 00000002 00000000 aa'],
  ['an offset beyond the total', '0001 0001 00000002 00000001 00000002 00000002 aa'],
  ['no data', '0001 0000 00000002 00000000 00000002 00000000'],
  ['data beyond the total', '0001 0002 00000002 00000001 00000002 00000001 aabb'],
] as const) {
  test(`a fragment with ${what} is not acknowledged and ends the datagram`, () => {
    const peer = new RawPeer().connect();
    assert.deepEqual(peer.send(`80001100 88010001 ${fields} 85ff0002`), { answers: [], events: [] });
  });
}

test('a fragment that contradicts the first one or a plain message is not acknowledged', () => {
  const peer = new RawPeer().connect();
  const first = '0001 0001 00000002 00000000 00000002 00000000 aa';
  assert.equal(peer.answers(`80001100 88010001 ${first}`).length, 1);
  assert.deepEqual(peer.answers('80001100 88010002 0001 0001 00000002 00000001 00000003 00000001 bb'), []);
  assert.equal(peer.answers(`80001100 ${reliable(2, 5, 1)}`).length, 1);
  assert.deepEqual(peer.answers(`80001100 88020005 ${first.replace('0001', '0005')}`), []);
});

test('undelivered data is bounded: beyond that, only messages in order are accepted', () => {
  const peer = new RawPeer().connect();
  const body = '00'.repeat(800);
  let acknowledged = 0;
  for (let seq = 2; seq < 3000; seq++) {
    acknowledged += peer.answers(`80001100 8600${hex(seq, 4)} 0320 ${body}`).length;
  }
  assert.ok(acknowledged * 800 < MAX_HELD_BYTES && acknowledged * 800 > MAX_HELD_BYTES / 2);
  assert.deepEqual(peer.answers(`80001100 ${reliable(1, 2, 1)} `).length, 1, 'a small one still fits');
  const { events } = peer.send(`80001100 ${reliable(0, 1, 1)}`);
  assert.equal(events.length, 1 + acknowledged);
});

test('the connection follows the address of a valid datagram, not that of garbage', () => {
  const peer = new RawPeer().connect();
  peer.send('0000 ffff', 'X');
  assert.equal(peer.host.stats(0)?.address, 'C');
  const output = peer.host.receive(Buffer.from('8000101085ff0002', 'hex'), 'D', peer.now);
  assert.deepEqual(
    sends(output).map((d) => d.to),
    ['D'],
  );
  assert.equal(peer.host.stats(0)?.address, 'D');
});

test('unreliable numbers restart after each reliable send on a channel, and groups are counted over all channels', () => {
  const { network, client } = connectedPair();
  network.run(1000);
  network.sent.length = 0;
  const send = (channel: number, mode: 'reliable' | 'unreliable' | 'unsequenced') => {
    const datagrams = sends(network.apply('C', client.send(0, channel, Buffer.from([1]), mode, network.now)));
    return datagrams[0]!.data.subarray(datagrams[0]!.data[0]! >= 0x80 ? 4 : 2).toString('hex');
  };
  assert.equal(send(1, 'unreliable'), '070100000001000101');
  assert.equal(send(1, 'unreliable'), '070100000002000101');
  assert.equal(send(1, 'reliable'), '86010001000101');
  assert.equal(send(1, 'unreliable'), '070100010001000101');
  assert.equal(send(2, 'unreliable'), '070200000001000101');
  assert.equal(send(1, 'unsequenced'), '490100000001000101');
  assert.equal(send(2, 'unsequenced'), '490200000002000101');
});

function sha256(b: Buffer): string {
  return createHash('sha256').update(b).digest('hex');
}
