import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EnetHost } from './host.ts';
import { happened, sends, TestNetwork } from './testing/network.ts';
import { CONNECT, RawPeer } from './testing/raw.ts';

const VERIFY = '8000200083ff00010000000000000384000100000000003000000000000000000000138800000002000000021a2b3c4d';
const flat = (hex: string) => hex.replaceAll(' ', '');

function client(now: number): EnetHost {
  const host = new EnetHost({ slots: 1, random: () => Buffer.from('1a2b3c4d', 'hex') });
  const output = host.connect({ to: 'H', channels: 48, data: 0x5eed1234 }, now);
  assert.deepEqual(
    sends(output).map((d) => d.data.toString('hex')),
    [flat(CONNECT)],
  );
  return host;
}

test('the client sends CONNECT, answers VERIFY_CONNECT with an ACK, and is connected', () => {
  const host = client(0x1000);
  const output = host.receive(Buffer.from(VERIFY, 'hex'), 'H', 0x1004);
  assert.deepEqual(sends(output), [{ type: 'send', to: 'H', data: Buffer.from('000001ff000100012000', 'hex') }]);
  assert.deepEqual(happened(output), [{ type: 'connected', peer: 0, address: 'H', data: 0 }]);
});

test('every datagram starts with the ACK of VERIFY_CONNECT until the host has acknowledged something', () => {
  const host = client(0x1000);
  host.receive(Buffer.from(VERIFY, 'hex'), 'H', 0x1004);
  const send = (now: number) =>
    sends(host.send(0, 0, Buffer.from('hello'), 'reliable', now)).map((d) => d.data.toString('hex'));
  assert.deepEqual(send(0x1010), ['8000101001ff00010001200086000001000568656c6c6f']);
  assert.deepEqual(send(0x1011), ['8000101101ff00010001200086000002000568656c6c6f']);
  host.receive(Buffer.from('00000100000100011010', 'hex'), 'H', 0x1012);
  assert.deepEqual(send(0x1013), ['8000101386000003000568656c6c6f']);
});

test('a repeated VERIFY_CONNECT is acknowledged again and changes nothing', () => {
  const host = client(0x1000);
  host.receive(Buffer.from(VERIFY, 'hex'), 'H', 0x1004);
  const again = host.receive(Buffer.from(VERIFY.replace('80002000', '80002080'), 'hex'), 'H', 0x1084);
  assert.deepEqual(
    sends(again).map((d) => d.data.toString('hex')),
    ['000001ff000100012080'],
  );
  assert.deepEqual(happened(again), []);
});

for (const [what, from, to] of [
  ['another connect ID', '1a2b3c4d', '1a2b3c4e'],
  ['other throttle values', '0000138800', '0000138900'],
  ['0 channels', '00000030', '00000000'],
  ['256 channels', '00000030', '00000100'],
] as const) {
  test(`VERIFY_CONNECT with ${what} fails the attempt`, () => {
    const output = client(0x1000).receive(Buffer.from(VERIFY.replace(from, to), 'hex'), 'H', 0x1004);
    assert.deepEqual(happened(output), [{ type: 'disconnected', peer: 0, reason: 'failed', data: 0 }]);
    assert.deepEqual(sends(output), []);
  });
}

test('the host answers CONNECT with VERIFY_CONNECT and is connected by its ACK', () => {
  const peer = new RawPeer();
  assert.deepEqual(peer.send(CONNECT), { answers: [VERIFY], events: [] });
  assert.deepEqual(peer.send('0000 01ff0001 0001 2000'), {
    answers: [],
    events: [{ type: 'connected', peer: 0, address: 'C', data: 0x5eed1234 }],
  });
});

test('the host is connected before it parses the data after the ACK', () => {
  const peer = new RawPeer();
  peer.send(CONNECT);
  const { answers, events } = peer.send('80001010 01ff0001 0001 2000 86000001 0005 68656c6c6f');
  assert.deepEqual(answers, ['00000100000100011010']);
  assert.deepEqual(
    events.map((e) => e.type),
    ['connected', 'message'],
  );
});

test('before that ACK the host acknowledges nothing, and an ACK of something else ends the datagram', () => {
  const peer = new RawPeer();
  peer.send(CONNECT);
  assert.deepEqual(peer.send('80001010 86000001 0005 68656c6c6f'), { answers: [], events: [] });
  assert.deepEqual(peer.send('80001010 01ff0002 0002 2000 01ff0001 0001 2000'), { answers: [], events: [] });
});

test('a duplicate CONNECT gets no answer; the same client with another connect ID gets another slot', () => {
  const peer = new RawPeer();
  assert.equal(peer.answers(CONNECT).length, 1);
  assert.deepEqual(peer.answers(CONNECT), []);
  const other = peer.answers(CONNECT.replace('1a2b3c4d', '5e6f7081'));
  assert.equal(other.length, 1);
  assert.equal(other[0]!.slice(16, 20), '0001', 'slot 1');
});

test('no answer to 0 or 256 channels, a full table, a CONNECT to a slot, or another command without a slot', () => {
  const peer = new RawPeer({ slots: 1 });
  assert.deepEqual(peer.answers(CONNECT.replace('00000030', '00000000')), []);
  assert.deepEqual(peer.answers(CONNECT.replace('00000030', '00000100')), []);
  assert.deepEqual(peer.answers('8fff1000 85ff0001'), []);
  assert.deepEqual(peer.answers(CONNECT.replace('8fff', '8000')), [], 'nobody in slot 0');
  peer.connect();
  assert.deepEqual(peer.answers(CONNECT.replace('1a2b3c4d', '00000001')), [], 'full');
  assert.deepEqual(peer.answers(CONNECT.replace('8fff', '8000')), [], 'CONNECT to a slot');
});

test('the smaller channel count applies, and channels beyond it become 0', () => {
  const peer = new RawPeer({ channelLimit: 1 });
  assert.ok(peer.answers(CONNECT)[0]!.includes('0001000000000001'));
  const network = new TestNetwork();
  const client = network.add('C');
  network.add('H', { channelLimit: 2 });
  network.apply('C', client.connect({ to: 'H', channels: 48, data: 0 }, 0));
  network.run(10);
  for (const channel of [1, 2, 47]) {
    network.apply('C', client.send(0, channel, Buffer.from([channel]), 'reliable', network.now));
  }
  network.run(20);
  const messages = network.events.get('H')!.flatMap((e) => (e.type === 'message' ? [[e.channel, e.data[0]]] : []));
  assert.deepEqual(messages, [
    [1, 1],
    [0, 2],
    [0, 47],
  ]);
});

test('the sessions of a slot cycle 0, 1, 2, 3, 0 for clients that send FF/FF', () => {
  const peer = new RawPeer({ slots: 1 });
  for (const session of [0, 1, 2, 3, 0]) {
    const head = 0x8000 | (session << 12);
    const [verify] = peer.answers(CONNECT);
    assert.equal(verify?.slice(0, 4), head.toString(16));
    assert.equal(verify?.slice(20, 24), `0${session}0${session}`);
    const bits = (session << 12).toString(16).padStart(4, '0');
    assert.equal(peer.send(`${bits} 01ff0001 0001 2000`).events[0]?.type, 'connected');
    assert.equal(peer.send(`${bits} 44ff0002 00000000`).events[0]?.type, 'disconnected');
  }
});

test('a client that remembers its sessions gets the next ones, never the last one again', () => {
  const peer = new RawPeer({ slots: 1 });
  const connect = (sessions: string) => peer.answers(CONNECT.replace('ff ff', sessions))[0]!.slice(20, 24);
  const leave = (bits: string) => {
    peer.send(`${bits}000 01ff0001 0001 2000`);
    peer.send(`${bits}000 44ff0002 00000000`);
  };
  assert.equal(connect('02 01'), '0302', 'after the 2 and 1 of the client');
  leave('2');
  assert.equal(connect('02 01'), '0003', '3 and 2 are what the slot had, so one more');
});

test('our own client remembers its sessions and reconnects in the same slot', () => {
  const network = new TestNetwork();
  const client = network.add('C');
  network.add('H', { slots: 1 });
  const verifies: string[] = [];
  for (let i = 0; i < 5; i++) {
    network.apply('C', client.connect({ to: 'H', channels: 48, data: i }, network.now));
    network.run(network.now + 10);
    verifies.push(network.sent.findLast((d) => d.from === 'H' && d.hex.slice(8, 12) === '83ff')!.hex.slice(20, 24));
    network.apply('C', client.disconnect(0, 'reliable', network.now));
    network.run(network.now + 10);
  }
  assert.deepEqual(verifies, ['0000', '0101', '0202', '0303', '0000']);
  const connects = network.events.get('H')!.flatMap((e) => (e.type === 'connected' ? [e.data] : []));
  assert.deepEqual(connects, [0, 1, 2, 3, 4]);
});

test('a lost ACK of VERIFY_CONNECT does no harm if data follows', () => {
  const network = new TestNetwork();
  const client = network.add('C');
  network.add('H');
  let acks = 0;
  network.outcome = (datagram, from) => (from === 'C' && datagram.length === 10 && acks++ === 0 ? [] : [1]);
  network.apply('C', client.connect({ to: 'H', channels: 48, data: 0 }, 0));
  network.run(5);
  assert.equal(acks, 1);
  assert.deepEqual(network.events.get('H'), []);
  network.apply('C', client.send(0, 0, Buffer.from('a'), 'reliable', network.now));
  network.run(8);
  assert.deepEqual(
    network.events.get('H')!.map((e) => e.type),
    ['connected', 'message'],
  );
});

test('arguments that ENet cannot express, and sending before the connection, are refused', () => {
  const random = (n: number) => Buffer.alloc(n);
  assert.throws(() => new EnetHost({ slots: 0, random }), { code: 'INVALID_ARGUMENT' });
  assert.throws(() => new EnetHost({ slots: 1, channelLimit: 256, random }), { code: 'INVALID_ARGUMENT' });
  const host = new EnetHost({ slots: 1, random });
  assert.throws(() => host.connect({ to: 'H', channels: 0, data: 0 }, 0), { code: 'INVALID_ARGUMENT' });
  assert.throws(() => host.send(0, 0, Buffer.alloc(1), 'reliable', 0), { code: 'NOT_CONNECTED' });
  host.connect({ to: 'H', channels: 1, data: 0 }, 0);
  assert.throws(() => host.connect({ to: 'H', channels: 1, data: 0 }, 0), { code: 'INVALID_ARGUMENT' });
  assert.throws(() => host.send(0, 0, Buffer.alloc(1), 'reliable', 0), { code: 'NOT_CONNECTED' });
});
