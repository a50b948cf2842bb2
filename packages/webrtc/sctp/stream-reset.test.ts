import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Chunk, encodeChunk } from './chunk.ts';
import { encodePacket } from './packet.ts';
import { plus } from './serial.ts';
import { TestPair } from './testing/pair.ts';
import { data, RAW_TSN, RawSctpPeer } from './testing/raw.ts';

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => {
    bytes.writeUInt32BE(value >>> 0, 4 * index);
  });
  return bytes;
}

const u16 = (values: number[]) => Buffer.from(values.flatMap((value) => [value >> 8, value & 0xff]));
/** A request to reset what the peer sends on these streams. */
const request = (sequence: number, lastTsn: number, streams: number[]): Chunk => ({
  type: 'reconfig',
  parameters: [{ type: 13, value: Buffer.concat([numbers(sequence, 0, lastTsn), u16(streams)]) }],
});
const response = (sequence: number, result: number): Chunk => ({
  type: 'reconfig',
  parameters: [{ type: 16, value: numbers(sequence, result) }],
});
const ordered = (tsn: number, ssn: number, text: string, stream: number) =>
  data(tsn, text, { unordered: false, ssn, stream });
const resets = (peer: RawSctpPeer) => peer.events.filter(({ type }) => type === 'streamsReset');
const reconfigs = (chunks: Chunk[]) => chunks.filter(({ type }) => type === 'reconfig');

test('a stream that is reset counts from the start again, on both sides', () => {
  const pair = TestPair.connected();
  for (let round = 0; round < 3; round++) {
    assert.ok(pair.send('a', 7, Buffer.from(`${round} one`)) && pair.send('a', 7, Buffer.from(`${round} two`)));
    pair.wire.apply('a', pair.a.resetStreams([7], pair.wire.now));
    assert.equal(pair.send('a', 7, Buffer.from('x')), false, 'nothing more until it is done');
    pair.wire.run(1000);
  }
  assert.deepEqual(pair.texts('b', 7), ['0 one', '0 two', '1 one', '1 two', '2 one', '2 two']);
  for (const [side, by] of [
    ['a', 'us'],
    ['b', 'them'],
  ] as const) {
    const seen = pair.wire.events[side].filter(({ type }) => type === 'streamsReset');
    assert.deepEqual(seen, Array(3).fill({ type: 'streamsReset', streams: [7], by }));
  }
});

test('a reset waits for what is queued, and comes after it, whatever is lost', () => {
  for (let lost = 0; lost < 40; lost++) {
    const pair = TestPair.connected();
    let count = 0;
    pair.wire.outcome = () => (count++ === lost ? [] : [10]);
    pair.send('a', 1, Buffer.alloc(20_000, 'x'));
    pair.wire.apply('a', pair.a.resetStreams([1, 2], pair.wire.now));
    pair.wire.run(10_000);
    const seen = pair.wire.events.b.flatMap((event) => {
      if (event.type === 'message') return [event.data.length];
      return event.type === 'streamsReset' ? event.streams : [];
    });
    assert.deepEqual([...seen].sort(), [1, 2, 20_000].sort(), `packet ${lost}`);
    assert.ok(seen.indexOf(20_000) < seen.indexOf(1), `packet ${lost}`);
    assert.ok(pair.send('a', 1, Buffer.from('again')));
    pair.wire.run(1000);
    assert.deepEqual(pair.texts('b', 1).at(-1), 'again', `packet ${lost}`);
  }
});

test('a request that comes before its data is put off, and granted when they are here', () => {
  const peer = new RawSctpPeer().connect();
  const asked = request(RAW_TSN, RAW_TSN + 1, [3]);
  assert.deepEqual(reconfigs(peer.send(asked)), [response(RAW_TSN, 6)]);
  assert.deepEqual(reconfigs(peer.send(asked)), [response(RAW_TSN, 6)], 'again');
  peer.send(ordered(RAW_TSN, 0, 'a', 3));
  assert.deepEqual(resets(peer), []);
  assert.deepEqual(reconfigs(peer.send(ordered(RAW_TSN + 1, 1, 'b', 3))), [response(RAW_TSN, 1)]);
  assert.deepEqual(resets(peer), [{ type: 'streamsReset', streams: [3], by: 'them' }]);
  assert.deepEqual(reconfigs(peer.send(asked)), [response(RAW_TSN, 1)], 'asked again, it is not done again');
  assert.equal(resets(peer).length, 1);
  peer.send(ordered(RAW_TSN + 2, 0, 'c', 3));
  assert.deepEqual(peer.messages, ['3:a', '3:b', '3:c']);
});

test('many requests in one packet are answered in few', () => {
  const peer = new RawSctpPeer().connect();
  const header = { sourcePort: 5000, destinationPort: 5000, tag: peer.tag };
  const asked = Array.from({ length: 500 }, (_, index) => encodeChunk(request(RAW_TSN + index, RAW_TSN - 1, [1])));
  const { events } = peer.association.receive(encodePacket(header, asked), 0);
  assert.ok(events.filter(({ type }) => type === 'send').length < 10);
});

test('a request with a wrong number is refused', () => {
  const peer = new RawSctpPeer().connect();
  for (const sequence of [RAW_TSN + 1, RAW_TSN - 2]) {
    assert.deepEqual(reconfigs(peer.send(request(sequence, RAW_TSN - 1, [1]))), [response(sequence, 5)]);
  }
  assert.deepEqual(resets(peer), []);
});

test('a request without streams is for all that were used; those that do not exist are not named', () => {
  const peer = new RawSctpPeer({ streams: 8 }).connect();
  peer.send(ordered(RAW_TSN, 0, 'a', 2), ordered(RAW_TSN + 1, 0, 'b', 5));
  peer.send(
    request(RAW_TSN, RAW_TSN + 1, []),
    request(RAW_TSN + 1, RAW_TSN + 1, [9, 7]),
    request(RAW_TSN + 2, RAW_TSN + 1, [8]),
  );
  assert.deepEqual(resets(peer), [
    { type: 'streamsReset', streams: [2, 5], by: 'them' },
    { type: 'streamsReset', streams: [7], by: 'them' },
  ]);
});

test('a stream that a peer only names costs nothing, and what waits on one that it resets is let go', () => {
  const peer = new RawSctpPeer({ streams: 8 }).connect();
  peer.send({ type: 'forwardTsn', cumulative: RAW_TSN, skipped: [{ stream: 60_000, ssn: 1 }] });
  peer.send(ordered(RAW_TSN + 1, 1, 'its first is left out', 2));
  assert.ok(peer.association.statistics.receivedBytes > 0);
  peer.send(request(RAW_TSN, RAW_TSN + 1, []));
  assert.deepEqual(resets(peer), [{ type: 'streamsReset', streams: [2], by: 'them' }]);
  assert.equal(peer.association.statistics.receivedBytes, 0);
});

test('other requests are denied', () => {
  const peer = new RawSctpPeer().connect();
  [14, 15, 17, 18].forEach((type, index) => {
    const asked: Chunk = { type: 'reconfig', parameters: [{ type, value: numbers(RAW_TSN + index, 0) }] };
    assert.deepEqual(reconfigs(peer.send(asked)), [response(RAW_TSN + index, 2)]);
  });
});

test('our request is repeated until it is answered, and put off as long as the peer says', () => {
  const peer = new RawSctpPeer().connect();
  const sent = peer.take(peer.association.resetStreams([1, 5], 0));
  const asked = (chunks: Chunk[]) =>
    reconfigs(chunks).map((chunk) => chunk.type === 'reconfig' && chunk.parameters[0]!.value);
  const expected = Buffer.concat([numbers(peer.tsn, RAW_TSN - 1, peer.tsn - 1), u16([1, 5])]);
  assert.deepEqual(asked(sent), [expected]);
  assert.deepEqual(asked(peer.wait(600)), [expected]);
  assert.deepEqual(peer.send(response(peer.tsn + 1, 1)), [], 'an answer to another one');
  for (let round = 0; round < 20; round++) {
    peer.send(response(peer.tsn, 6));
    assert.equal(asked(peer.wait(11_000)).length > 0, true);
  }
  assert.deepEqual(resets(peer), []);
  peer.send(response(peer.tsn, 1));
  peer.send(response(peer.tsn, 1));
  assert.deepEqual(resets(peer), [{ type: 'streamsReset', streams: [1, 5], by: 'us' }]);
  assert.deepEqual(peer.wait(60_000), []);
  const [next] = asked(peer.take(peer.association.resetStreams([1], peer.now)));
  assert.ok(next instanceof Buffer && next.readUInt32BE(0) === plus(peer.tsn, 1));
});

test('a peer that never answers a reset ends the association', () => {
  const peer = new RawSctpPeer().connect();
  peer.take(peer.association.resetStreams([1], 0));
  peer.wait(300_000);
  assert.deepEqual(peer.events.at(-1), {
    type: 'closed',
    reason: 'timeout',
    detail: 'the peer does not answer a stream reset',
  });
});

test('a peer without RE-CONFIG is not asked', () => {
  const peer = new RawSctpPeer().connect({ parameters: [] });
  assert.deepEqual(peer.take(peer.association.resetStreams([1], 0)), []);
});
