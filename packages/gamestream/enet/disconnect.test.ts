import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectedPair, happened, sends } from './testing/network.ts';
import { CONNECT, RawPeer } from './testing/raw.ts';

const types = (events: { type: string }[] | undefined) => events?.map((e) => e.type);

test('a reliable DISCONNECT is acknowledged once, the slot is free, and a repeat gets no answer', () => {
  const peer = new RawPeer().connect();
  const { answers, events } = peer.send('80003000 84ff0004 00000007');
  assert.deepEqual(answers, ['000001ff000400043000']);
  assert.deepEqual(events, [{ type: 'disconnected', peer: 0, reason: 'remote', data: 7 }]);
  assert.deepEqual(peer.send('80003000 84ff0004 00000007'), { answers: [], events: [] });
});

test('an unsequenced DISCONNECT gets no answer', () => {
  const peer = new RawPeer().connect();
  const { answers, events } = peer.send('0000 44ff0004 00000009');
  assert.deepEqual(answers, []);
  assert.deepEqual(events, [{ type: 'disconnected', peer: 0, reason: 'remote', data: 9 }]);
});

test('commands before a DISCONNECT in the same datagram are delivered and acknowledged first', () => {
  const peer = new RawPeer().connect();
  const { answers, events } = peer.send('80003000 86000001 0001 aa 84ff0004 00000000');
  assert.deepEqual(answers, ['0000010000010001300001ff000400043000']);
  assert.deepEqual(types(events), ['message', 'disconnected']);
});

test('a termination message after a gap is delivered before the DISCONNECT', () => {
  const peer = new RawPeer().connect();
  assert.deepEqual(peer.messages('80003000 86000003 0001 cc 86000002 0001 bb'), []);
  const { events } = peer.send('0000 44ff0004 00000000');
  assert.deepEqual(
    events.map((e) => (e.type === 'message' ? e.data.toString('hex') : e.type)),
    ['bb', 'cc', 'disconnected'],
  );
});

test('our reliable disconnect matches the example', () => {
  const { network, client } = connectedPair();
  network.run(700);
  const output = network.apply('C', client.disconnect(0, 'reliable', network.now, 7));
  assert.match(sends(output)[0]!.data.toString('hex'), /^8000....84ff000300000007$/);
  network.run(710);
  assert.deepEqual(network.events.get('C')!.at(-1), { type: 'disconnected', peer: 0, reason: 'local', data: 0 });
  assert.deepEqual(network.events.get('H')!.at(-1), { type: 'disconnected', peer: 0, reason: 'remote', data: 7 });
});

test('our unsequenced disconnect is one datagram, and the slot is free at once', () => {
  const { network, client } = connectedPair();
  const output = network.apply('C', client.disconnect(0, 'unsequenced', network.now, 9));
  assert.deepEqual(
    sends(output).map((d) => d.data.toString('hex')),
    ['000044ff000200000009'],
  );
  assert.deepEqual(types(happened(output)), ['disconnected']);
  assert.equal(client.stats(0), null);
  network.run(20);
  assert.deepEqual(network.events.get('H')!.at(-1), { type: 'disconnected', peer: 0, reason: 'remote', data: 9 });
});

test('a reliable disconnect first drains the queue, despite losses', () => {
  const { network, client } = connectedPair();
  let n = 0;
  network.outcome = () => (n++ % 3 === 0 ? [] : [5]);
  for (let i = 0; i < 30; i++) network.apply('C', client.send(0, 0, Buffer.from([i]), 'reliable', network.now));
  network.apply('C', client.disconnect(0, 'reliable', network.now));
  assert.throws(() => client.send(0, 0, Buffer.from([0]), 'reliable', network.now), { code: 'NOT_CONNECTED' });
  network.run(network.now + 2000);
  const events = network.events.get('H')!;
  assert.deepEqual(
    events.flatMap((e) => (e.type === 'message' ? [e.data[0]] : [])),
    Array.from({ length: 30 }, (_, i) => i),
  );
  assert.equal(events.at(-1)?.type, 'disconnected');
  assert.equal(client.stats(0), null);
});

test('an unanswered reliable disconnect ends after 2 s with an unsequenced one', () => {
  const { network, client } = connectedPair();
  network.run(100);
  network.outcome = () => [];
  network.apply('C', client.send(0, 0, Buffer.from('x'), 'reliable', network.now));
  network.apply('C', client.disconnect(0, 'reliable', network.now));
  network.run(2099);
  assert.ok(client.stats(0));
  network.run(2100);
  assert.equal(client.stats(0), null);
  assert.match(network.sent.at(-1)!.hex, /^000044ff....00000000$/);
  assert.deepEqual(network.events.get('C')!.at(-1), { type: 'disconnected', peer: 0, reason: 'local', data: 0 });
});

test('if both sides disconnect at once, both end', () => {
  const { network, client, host } = connectedPair();
  network.run(100);
  network.apply('C', client.disconnect(0, 'reliable', network.now));
  network.apply('H', host.disconnect(0, 'reliable', network.now));
  network.run(110);
  assert.equal(client.stats(0), null);
  assert.equal(host.stats(0), null);
});

test('a DISCONNECT while connecting fails the attempt, and at a host waiting for the ACK silently frees the slot', () => {
  const client = new RawPeer();
  client.host.connect({ to: 'H', channels: 1, data: 0 }, client.now);
  assert.deepEqual(client.send('0000 44ff0001 00000000', 'H').events, [
    { type: 'disconnected', peer: 0, reason: 'failed', data: 0 },
  ]);
  const host = new RawPeer();
  host.send(CONNECT);
  assert.deepEqual(host.send('0000 44ff0002 00000000').events, []);
  assert.equal(host.host.stats(0), null);
});

test('disconnecting an unknown peer does nothing; giving up a CONNECT sends nothing', () => {
  const peer = new RawPeer();
  assert.deepEqual(happened(peer.host.disconnect(0, 'reliable', 0)), []);
  peer.host.connect({ to: 'H', channels: 1, data: 0 }, peer.now);
  const output = peer.host.disconnect(0, 'reliable', peer.now);
  assert.deepEqual(sends(output), []);
  assert.deepEqual(types(happened(output)), ['disconnected']);
});
