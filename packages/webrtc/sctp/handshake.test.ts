import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Chunk } from './chunk.ts';
import { TestPair } from './testing/pair.ts';
import { data, RAW_TAG, RAW_TSN, RawSctpPeer } from './testing/raw.ts';

const cookieOf = (chunks: Chunk[]) => {
  const [initAck] = chunks;
  assert.ok(initAck?.type === 'initAck');
  return { initAck, cookie: initAck.parameters.find(({ type }) => type === 7)!.value };
};
const types = (chunks: Chunk[]) => chunks.map(({ type }) => type);

for (const [what, roles] of [
  ['one side', { a: { role: 'client' }, b: { role: 'server' } }],
  ['both sides at once', { a: { role: 'client' }, b: { role: 'client' } }],
] as const) {
  test(`connects when ${what} begin`, () => {
    const pair = TestPair.connected(roles);
    assert.deepEqual([pair.types('a'), pair.types('b')], [['connected'], ['connected']]);
    assert.equal(pair.wire.nextAt, Number.POSITIVE_INFINITY, 'nothing is due any more');
  });

  test(`connects when ${what} begin and any one packet is lost`, () => {
    for (let lost = 0; lost < 8; lost++) {
      let count = 0;
      const pair = new TestPair({ ...roles, outcome: () => (count++ === lost ? [] : [10]) });
      pair.wire.run(10_000);
      assert.deepEqual([pair.types('a'), pair.types('b')], [['connected'], ['connected']], `packet ${lost}`);
      assert.ok(pair.send('a', 0, Buffer.from('a')) && pair.send('b', 0, Buffer.from('b')));
      pair.wire.run(10_000);
      assert.deepEqual([pair.texts('a', 0), pair.texts('b', 0)], [['b'], ['a']], `packet ${lost}`);
    }
  });
}

test('a peer that never answers is given up after nine tries', () => {
  const pair = new TestPair({ outcome: () => [] });
  pair.wire.run(60_000);
  assert.equal(pair.wire.sent.length, 9);
  assert.deepEqual(pair.wire.events.a, [{ type: 'closed', reason: 'timeout', detail: 'the peer did not answer' }]);
  assert.equal(pair.wire.nextAt, Number.POSITIVE_INFINITY);
});

test('what is sent before the association is connected leaves then', () => {
  const pair = new TestPair();
  assert.ok(pair.send('a', 3, Buffer.from('early')));
  assert.equal(pair.a.bufferedAmount(3), 5);
  pair.wire.run(1000);
  assert.deepEqual(pair.texts('b', 3), ['early']);
  assert.equal(pair.a.bufferedAmount(3), 0);
});

test('INIT costs no memory, and its cookie works once connected only for the same peer', () => {
  const peer = new RawSctpPeer();
  const first = cookieOf(peer.sendInit());
  const other = cookieOf(peer.sendInit({ tag: 99 }));
  assert.deepEqual(peer.events, []);
  peer.tag = first.initAck.tag;
  assert.deepEqual(types(peer.send({ type: 'cookieEcho', cookie: first.cookie })), ['cookieAck']);
  assert.deepEqual(types(peer.send({ type: 'cookieEcho', cookie: first.cookie })), ['cookieAck'], 'again');
  assert.deepEqual(types(peer.send({ type: 'cookieEcho', cookie: other.cookie })), []);
  assert.deepEqual(types(peer.sendInit()), [], 'nobody starts again over the same DTLS connection');
  assert.deepEqual(peer.events, [{ type: 'connected' }]);
});

test('a cookie that was changed in any byte is dropped', () => {
  const peer = new RawSctpPeer();
  const { initAck, cookie } = cookieOf(peer.sendInit());
  peer.tag = initAck.tag;
  for (let at = 0; at < cookie.length; at++) {
    const changed = Buffer.from(cookie);
    changed[at]! ^= 1;
    assert.deepEqual(peer.send({ type: 'cookieEcho', cookie: changed }), []);
  }
  assert.deepEqual(peer.send({ type: 'cookieEcho', cookie: cookie.subarray(1) }), []);
  assert.deepEqual(peer.events, []);
});

test('a cookie lasts for a minute', () => {
  for (const [seconds, answer] of [
    [60, 'cookieAck'],
    [61, 'error'],
  ] as const) {
    const peer = new RawSctpPeer();
    const { initAck, cookie } = cookieOf(peer.sendInit());
    peer.tag = initAck.tag;
    peer.now = seconds * 1000;
    assert.deepEqual(types(peer.send({ type: 'cookieEcho', cookie })), [answer]);
  }
});

test('a client whose cookie is stale begins again', () => {
  const peer = new RawSctpPeer({ role: 'client' });
  const [init] = peer.take(peer.association.start(0));
  assert.ok(init?.type === 'init');
  peer.tag = init.tag;
  const cookie = { type: 7, value: Buffer.from('theirs') };
  const initAck: Chunk = { ...init, type: 'initAck', tag: RAW_TAG, tsn: RAW_TSN, parameters: [cookie] };
  assert.deepEqual(peer.send(initAck), [{ type: 'cookieEcho', cookie: cookie.value }]);
  assert.deepEqual(types(peer.send({ type: 'error', causes: [{ type: 3, value: Buffer.alloc(4) }] })), ['init']);
  assert.deepEqual(types(peer.send({ ...initAck, parameters: [] })), [], 'an INIT ACK without a cookie');
  assert.deepEqual(types(peer.send(initAck)), ['cookieEcho']);
  assert.deepEqual(types(peer.wait(500)), ['cookieEcho'], 'again, since nothing answers');
  peer.send({ type: 'cookieAck' });
  assert.deepEqual(peer.events, [{ type: 'connected' }]);
});

for (const [what, fields] of [
  ['a tag of zero', { tag: 0 }],
  ['no streams to us', { outboundStreams: 0 }],
  ['no streams from us', { inboundStreams: 0 }],
] as const) {
  test(`an INIT with ${what} gets no answer`, () => {
    assert.deepEqual(new RawSctpPeer().sendInit(fields), []);
  });
}

test('an INIT that is not alone, or has a tag, gets no answer', () => {
  const peer = new RawSctpPeer();
  const init: Chunk = {
    type: 'init',
    tag: 1,
    window: 9000,
    outboundStreams: 1,
    inboundStreams: 1,
    tsn: 1,
    parameters: [],
  };
  assert.deepEqual(peer.send(init, { type: 'cookieAck' }), []);
  peer.tag = 5;
  assert.deepEqual(peer.send(init), []);
  assert.equal(peer.association.statistics.dropped, 2);
});

test('parameters that we do not know are skipped, reported or stop the reading, as their type says', () => {
  const value = Buffer.from('x');
  const forwardTsn = { type: 0xc000, value: Buffer.alloc(0) };
  const reported = (type: number) => {
    const { initAck } = cookieOf(
      new RawSctpPeer().sendInit({ parameters: [{ type, value }, { type: 0xfffe, value }, forwardTsn] }),
    );
    return initAck.parameters
      .filter((parameter) => parameter.type === 8)
      .map((parameter) => parameter.value.readUInt16BE(0));
  };
  assert.deepEqual(reported(0x8fff), [0xfffe], 'skipped');
  assert.deepEqual(reported(0xcfff), [0xcfff, 0xfffe], 'reported');
  assert.deepEqual(reported(0x0fff), [], 'stops');
  assert.deepEqual(reported(0x4fff), [0x4fff], 'reported, and stops');
});

test('packets with another tag, other ports or a wrong checksum are counted and dropped', () => {
  const peer = new RawSctpPeer().connect();
  const before = peer.association.statistics.dropped;
  peer.tag ^= 1;
  assert.deepEqual(peer.send(data(RAW_TSN, 'no')), []);
  peer.tag ^= 1;
  assert.deepEqual(peer.sendRaw(Buffer.from('138813890a0b0c0d00000000', 'hex')), []);
  assert.deepEqual(peer.sendRaw(Buffer.alloc(3)), []);
  assert.equal(peer.association.statistics.dropped - before, 3);
  assert.deepEqual(peer.messages, []);
});

test('an ABORT ends it, also one that reflects our tag, but not one with a wrong tag', () => {
  for (const [tag, reflected, ends] of [
    ['theirs', false, true],
    [RAW_TAG, true, true],
    [RAW_TAG, false, false],
    ['theirs', true, false],
  ] as const) {
    const peer = new RawSctpPeer().connect();
    if (tag !== 'theirs') peer.tag = tag;
    assert.deepEqual(peer.send({ type: 'abort', reflected, causes: [] }), []);
    assert.equal(peer.association.isClosed, ends);
    assert.equal(peer.events.at(-1)?.type, ends ? 'closed' : 'connected');
  }
});

test('close tells the peer, and nothing happens after it', () => {
  const pair = TestPair.connected();
  pair.send('a', 0, Buffer.alloc(50_000));
  pair.wire.apply('a', pair.a.close(pair.wire.now));
  pair.wire.run(10_000);
  assert.deepEqual(pair.types('a').slice(-1), ['closed']);
  assert.deepEqual(pair.wire.events.b.at(-1), { type: 'closed', reason: 'abort', detail: 'the peer aborted' });
  assert.equal(pair.send('a', 0, Buffer.from('x')), false);
  assert.deepEqual(pair.a.close(pair.wire.now).events, [], 'once');
  assert.deepEqual(pair.a.statistics.heldBytes, 0);
  assert.equal(pair.wire.nextAt, Number.POSITIVE_INFINITY);
});

test('a peer that shuts down gets what was queued first, then SHUTDOWN ACK until it answers', () => {
  const peer = new RawSctpPeer().connect();
  const sent = peer.take(peer.association.send(0, 51, Buffer.from('last'), { ordered: true }, peer.now));
  assert.deepEqual(types(sent), ['data']);
  assert.deepEqual(types(peer.send({ type: 'shutdown', cumulative: peer.tsn - 1 })), [], 'not acknowledged yet');
  assert.equal(peer.association.send(0, 51, Buffer.from('x'), { ordered: true }, peer.now).accepted, false);
  assert.deepEqual(types(peer.send({ type: 'shutdown', cumulative: peer.tsn })), ['shutdownAck']);
  assert.deepEqual(types(peer.wait(1500)), ['shutdownAck', 'shutdownAck']);
  assert.deepEqual(types(peer.send({ type: 'shutdown', cumulative: peer.tsn })), ['shutdownAck']);
  assert.deepEqual(peer.send({ type: 'shutdownComplete', reflected: false }), []);
  assert.deepEqual(peer.events.at(-1), { type: 'closed', reason: 'shutdown', detail: 'the peer shut down' });
});

test('HEARTBEAT is answered with what it carried, unless that is longer than a packet', () => {
  const peer = new RawSctpPeer().connect();
  const info = Buffer.from('echo');
  assert.deepEqual(peer.send({ type: 'heartbeat', info }), [{ type: 'heartbeatAck', info }]);
  assert.deepEqual(peer.send({ type: 'heartbeat', info: Buffer.alloc(1200) }), []);
});

test('unknown chunks are skipped, reported or stop the reading, as their type says', () => {
  const unknown = (chunkType: number): Chunk => ({ type: 'unknown', chunkType, bytes: Buffer.alloc(8) });
  const heartbeat: Chunk = { type: 'heartbeat', info: Buffer.from('x') };
  const peer = new RawSctpPeer().connect();
  assert.deepEqual(types(peer.send(unknown(0x3f), heartbeat)), [], 'stops');
  assert.deepEqual(types(peer.send(unknown(0x7f), heartbeat)), ['error'], 'reported, and stops');
  assert.deepEqual(types(peer.send(unknown(0xbf), heartbeat)), ['heartbeatAck'], 'skipped');
  assert.deepEqual(types(peer.send(unknown(0xff), heartbeat)), ['error', 'heartbeatAck'], 'reported');
});
