import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EnetObserver, type ObservedMessage, type ObservedSide } from './observer.ts';
import { connectedPair } from './testing/network.ts';

interface Recorded {
  from: ObservedSide;
  datagram: Buffer;
}

/** 60 messages each way over three channels with loss, as recorded at the host. */
function recordSession(seed: number): Recorded[] {
  let state = seed | 1;
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
  const { network, client, host } = connectedPair();
  network.outcome = () => (random(10) === 0 ? [] : [1 + random(10)]);
  for (let i = 0; i < 60; i++) {
    network.apply('C', client.send(0, i % 3, Buffer.from([i]), 'reliable', network.now));
    network.apply('H', host.send(0, 0, Buffer.from([i]), i % 4 === 3 ? 'unsequenced' : 'reliable', network.now));
    network.run(network.now + 20);
  }
  network.run(network.now + 5000);
  return network.sent.map((d) => ({ from: d.from === 'C' ? 'client' : 'host', datagram: Buffer.from(d.hex, 'hex') }));
}

function observe(recorded: readonly Recorded[]): ObservedMessage[] {
  const observer = new EnetObserver();
  const messages = recorded.flatMap(({ datagram, from }) => observer.receive(datagram, from));
  return [...messages, ...observer.flush()];
}

const messagesOf = (messages: ObservedMessage[], from: ObservedSide, channel: number, mode = 'reliable') =>
  messages.filter((m) => m.from === from && m.channel === channel && m.mode === mode).map((m) => m.data[0]);
const third = (channel: number) => Array.from({ length: 20 }, (_, k) => 3 * k + channel);

test('each message is given once, in order per channel, without retransmissions', () => {
  for (let seed = 1; seed < 10; seed++) {
    const messages = observe(recordSession(seed));
    for (const channel of [0, 1, 2]) assert.deepEqual(messagesOf(messages, 'client', channel), third(channel));
    assert.deepEqual(
      messagesOf(messages, 'host', 0),
      Array.from({ length: 60 }, (_, i) => i).filter((i) => i % 4 !== 3),
    );
    assert.deepEqual(
      messagesOf(messages, 'host', 0, 'unsequenced'),
      Array.from({ length: 15 }, (_, k) => 4 * k + 3),
    );
    assert.equal(messages.length, 120);
  }
});

test('a recording that starts and ends anywhere gives a contiguous part of each channel', () => {
  const recorded = recordSession(3);
  fc.assert(
    fc.property(fc.nat(recorded.length), fc.nat(recorded.length), (a, b) => {
      const messages = observe(recorded.slice(Math.min(a, b), Math.max(a, b)));
      for (const channel of [0, 1, 2]) {
        const got = messagesOf(messages, 'client', channel);
        const expected = third(channel);
        const start = expected.indexOf(got[0] ?? 0);
        assert.deepEqual(got, got.length === 0 ? [] : expected.slice(start, start + got.length));
      }
    }),
  );
});

test('a recording with holes gives what it has, in order, without waiting for missing messages until its end', () => {
  const observer = new EnetObserver();
  const reliable = (seq: number) => Buffer.from(`80001010860000${seq.toString(16).padStart(2, '0')}000101`, 'hex');
  const ack = (seq: number) => Buffer.from(`00000100000${seq}000${seq}1010`, 'hex');
  const got: number[] = [];
  const take = (datagram: Buffer, from: ObservedSide) => got.push(observer.receive(datagram, from).length);
  take(reliable(1), 'client');
  take(ack(1), 'host');
  take(ack(2), 'host'); // 2 is not in the recording
  take(reliable(3), 'client');
  assert.deepEqual(got, [1, 0, 0, 0]);
  for (let seq = 4; seq < 40; seq++) take(reliable(seq), 'client');
  assert.equal(
    got.reduce((a, b) => a + b),
    38,
    'all but number 2',
  );
});

test('a message that was never acknowledged is awaited until the end', () => {
  const observer = new EnetObserver();
  assert.equal(observer.receive(Buffer.from('8000101086000001000101', 'hex'), 'client').length, 1);
  assert.equal(observer.receive(Buffer.from('8000101086000003000103', 'hex'), 'client').length, 0);
  assert.deepEqual(
    observer.flush().map((m) => m.data[0]),
    [3],
  );
  assert.deepEqual(observer.flush(), []);
});

test('recording each datagram twice changes nothing', () => {
  const recorded = recordSession(5);
  const twice = recorded.flatMap((r) => [r, r]);
  assert.deepEqual(observe(twice), observe(recorded));
});

test('a new connection on the same ports is recognised', () => {
  const observer = new EnetObserver();
  const connect = (id: string) =>
    Buffer.from(
      `8fff100082ff00010000ffff0000038400010000000000300000000000000000000013880000000200000002${id}00000000`,
      'hex',
    );
  const hello = Buffer.from('8000101086000001000568656c6c6f', 'hex');
  const lengths = [connect('00000001'), hello, hello, connect('00000001'), hello, connect('00000002'), hello].map(
    (d) => observer.receive(d, 'client').length,
  );
  assert.deepEqual(lengths, [0, 1, 0, 0, 0, 0, 1]);
});

test('waiting messages are given before a DISCONNECT', () => {
  const observer = new EnetObserver();
  observer.receive(Buffer.from('8000101086000001000101', 'hex'), 'host');
  observer.receive(Buffer.from('8000101086000003000103', 'hex'), 'host');
  assert.equal(observer.receive(Buffer.from('000044ff000400000000', 'hex'), 'host').length, 1);
});

test('the observer never throws', () => {
  const observer = new EnetObserver();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.constantFrom<ObservedSide>('client', 'host'), (bytes, from) => {
      observer.receive(Buffer.from(bytes), from);
    }),
  );
  observer.flush();
});
