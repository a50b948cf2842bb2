import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Chunk, encodeChunk, type SackChunk } from './chunk.ts';
import { encodePacket } from './packet.ts';
import { plus } from './serial.ts';
import { data, RAW_TSN, RawSctpPeer } from './testing/raw.ts';

const WINDOW = 64 * 1024;

function connected(options: ConstructorParameters<typeof RawSctpPeer>[0] = {}): RawSctpPeer {
  return new RawSctpPeer({ receiveWindow: WINDOW, ...options }).connect();
}

function sackIn(chunks: Chunk[]): SackChunk {
  const sack = chunks.find(({ type }) => type === 'sack');
  assert.ok(sack?.type === 'sack', 'there is no SACK');
  return sack;
}

const ordered = (tsn: number, ssn: number, text: string, stream = 0) =>
  data(tsn, text, { unordered: false, ssn, stream });
const fragments = (tsn: number, parts: string[], fields: Parameters<typeof data>[2] = {}) =>
  parts.map((text, index) =>
    data(plus(tsn, index), text, { begin: index === 0, end: index === parts.length - 1, ...fields }),
  );

test('a first packet is acknowledged after 50 ms, a second one at once, one SACK for both', () => {
  const peer = connected();
  assert.deepEqual(peer.send(data(RAW_TSN, 'a')), []);
  assert.deepEqual(peer.wait(49), []);
  assert.equal(sackIn(peer.wait(1)).cumulative, RAW_TSN);
  assert.deepEqual(peer.send(data(RAW_TSN + 1, 'b'), data(RAW_TSN + 2, 'c')), []);
  assert.equal(sackIn(peer.send(data(RAW_TSN + 3, 'd'))).cumulative, RAW_TSN + 3);
  assert.deepEqual(peer.wait(1000), []);
});

test('a gap, its end, a repeat, and whoever asks for it get a SACK at once', () => {
  const peer = connected();
  const at = (offset: number) => data(RAW_TSN + offset, 'x');
  assert.deepEqual(sackIn(peer.send(at(1), at(2), at(4))).gaps, [
    [2, 3],
    [5, 5],
  ]);
  assert.deepEqual(sackIn(peer.send(at(4))).duplicates, [RAW_TSN + 4]);
  const filled = sackIn(peer.send(at(0)));
  assert.deepEqual([filled.cumulative, filled.gaps, filled.duplicates], [RAW_TSN + 2, [[2, 2]], []]);
  assert.equal(sackIn(peer.send(at(3))).cumulative, RAW_TSN + 4);
  assert.equal(sackIn(peer.send(data(RAW_TSN + 5, 'x', { immediate: true }))).cumulative, RAW_TSN + 5);
});

test('a SACK names 16 repeats, however many there were', () => {
  const peer = connected();
  const repeats = Array.from({ length: 40 }, () => data(RAW_TSN, 'x'));
  assert.equal(sackIn(peer.send(...repeats)).duplicates.length, 16);
});

test('a message is the receiver’s to keep, whatever becomes of the packet', () => {
  const peer = connected();
  const header = { sourcePort: 5000, destinationPort: 5000, tag: peer.tag };
  const packet = encodePacket(
    header,
    [data(RAW_TSN + 1, 'kept', { end: false }), data(RAW_TSN, 'kept too')].map(encodeChunk),
  );
  peer.sendRaw(packet);
  packet.fill(0);
  peer.send(data(RAW_TSN + 2, ', all of it', { begin: false }));
  assert.deepEqual(peer.messages, ['0:kept too', '0:kept, all of it']);
});

test('whole messages are delivered wherever they are, fragments once nothing is missing before them', () => {
  const peer = connected();
  const [a, b, c] = fragments(RAW_TSN + 2, ['A', 'B', 'C']);
  peer.send(c!);
  peer.send(data(RAW_TSN + 5, 'later'));
  peer.send(a!);
  peer.send(b!);
  assert.deepEqual(peer.messages, ['0:later']);
  peer.send(data(RAW_TSN + 1, 'second'));
  peer.send(data(RAW_TSN, 'first'));
  assert.deepEqual(peer.messages, ['0:later', '0:second', '0:first', '0:ABC']);
  assert.equal(peer.association.statistics.receivedBytes, 0);
});

test('an ordered message waits for those before it on its stream only', () => {
  const peer = connected();
  peer.send(ordered(RAW_TSN + 1, 1, 'two'), ordered(RAW_TSN + 3, 2, 'three'), ordered(RAW_TSN + 2, 0, 'other', 1));
  assert.deepEqual(peer.messages, ['1:other']);
  peer.send(ordered(RAW_TSN, 0, 'one'));
  assert.deepEqual(peer.messages, ['1:other', '0:one', '0:two', '0:three']);
  peer.send(ordered(RAW_TSN + 4, 1, 'an old number'));
  assert.equal(peer.messages.length, 4);
  assert.equal(peer.association.statistics.receivedBytes, 0);
});

test('fragments that do not belong together are dropped, and what comes after them is not', () => {
  const [a, b] = fragments(RAW_TSN, ['A', 'B']);
  for (const [what, chunks] of [
    ['no beginning', [b!, data(RAW_TSN, 'x')]],
    ['another stream', [a!, data(RAW_TSN + 1, 'x', { begin: false, stream: 1 })]],
    ['another kind', [a!, data(RAW_TSN + 1, 'x', { begin: false, unordered: false })]],
    [
      'another number',
      [ordered(RAW_TSN, 0, 'A'), ordered(RAW_TSN + 1, 1, 'B')].map(
        (chunk, end) => ({ ...chunk, begin: end === 0, end: end === 1 }) as Chunk,
      ),
    ],
    ['two beginnings', [a!, data(RAW_TSN + 1, 'x', { end: false })]],
    ['a whole one between', [a!, data(RAW_TSN + 1, 'whole')]],
  ] as const) {
    const peer = connected();
    peer.send(...chunks);
    peer.send(data(RAW_TSN + 2, 'after'));
    assert.equal(peer.messages.at(-1), '0:after', what);
    assert.ok(!peer.messages.some((text) => text.includes('A')), what);
  }
});

test('what waits for missing data is bounded: the window closes, and more is dropped until the gap is filled', () => {
  const peer = connected();
  const payload = 'x'.repeat(1000);
  let last: SackChunk | null = null;
  for (let index = 1; index < 300; index++) {
    last = sackIn(peer.send(ordered(RAW_TSN + index, index, payload)));
    assert.ok(peer.association.statistics.receivedBytes <= WINDOW);
  }
  assert.equal(last?.window, WINDOW - peer.association.statistics.receivedBytes);
  const taken = last!.gaps[0]![1] - 1;
  assert.ok(taken > 50 && taken < 62, `${taken} messages`);
  assert.deepEqual(last!.gaps.length, 1);
  // The missing one has room although the window is full, or nothing would ever move again.
  const after = sackIn(peer.send(ordered(RAW_TSN, 0, payload)));
  assert.deepEqual([after.cumulative, after.window], [RAW_TSN + taken, WINDOW]);
  assert.equal(peer.messages.length, taken + 1);
});

test('small chunks cost what keeping them costs', () => {
  const peer = connected();
  for (let index = 1; index < 5000; index++) peer.send(ordered(RAW_TSN + index, index, 'x'));
  assert.ok(peer.association.statistics.receivedBytes <= WINDOW);
  assert.ok(peer.messages.length === 0);
  assert.ok(peer.association.statistics.dropped > 3000);
});

test('gaps are bounded: one more is not taken, what closes one is', () => {
  const peer = connected();
  let sack: SackChunk | null = null;
  for (let index = 1; index < 400; index++) sack = sackIn(peer.send(data(RAW_TSN + 2 * index, 'x')));
  assert.equal(sack!.gaps.length, 256);
  assert.equal(peer.messages.length, 256);
  assert.equal(sackIn(peer.send(data(RAW_TSN + 3, 'x'))).gaps.length, 255);
  assert.equal(sackIn(peer.send(data(RAW_TSN, 'x'), data(RAW_TSN + 1, 'x'))).cumulative, RAW_TSN + 4);
});

test('a TSN too far ahead for a SACK is not taken', () => {
  const peer = connected();
  assert.deepEqual(sackIn(peer.send(data(RAW_TSN + 0xfffe, 'x'))).gaps, [[0xffff, 0xffff]]);
  assert.deepEqual(sackIn(peer.send(data(RAW_TSN + 0xffff, 'x'))).gaps, [[0xffff, 0xffff]]);
  assert.equal(peer.messages.length, 1);
});

for (const [what, options, chunks] of [
  ['in one chunk', { maxMessageSize: 100 }, [data(RAW_TSN, 'x'.repeat(101))]],
  ['in fragments', { maxMessageSize: 100 }, fragments(RAW_TSN, ['x'.repeat(60), 'x'.repeat(41)])],
] as const) {
  test(`a message that is too long ends the association: ${what}`, () => {
    const peer = connected(options);
    const answer = peer.send(...chunks);
    assert.ok(answer.some(({ type }) => type === 'abort'));
    assert.deepEqual(peer.events.at(-1), { type: 'closed', reason: 'protocol', detail: 'a message is too long' });
  });
}

test('a peer that leaves out messages of a stream without a loss fills no memory', () => {
  const peer = connected({ maxMessageSize: 1000 });
  for (let index = 0; index < 500 && !peer.association.isClosed; index++) {
    peer.send(ordered(RAW_TSN + index, index + 1, 'x'.repeat(1000)));
    assert.ok(peer.association.statistics.receivedBytes <= WINDOW + 2000);
  }
  assert.deepEqual(peer.events.at(-1), {
    type: 'closed',
    reason: 'protocol',
    detail: 'more is sent than the window allows',
  });
});

test('streams beyond our limit are acknowledged and dropped, in FORWARD-TSN too', () => {
  const peer = connected({ streams: 4 });
  peer.send(data(RAW_TSN, 'no', { stream: 4 }), data(RAW_TSN + 1, 'yes', { stream: 3 }));
  assert.equal(sackIn(peer.wait(100)).cumulative, RAW_TSN + 1);
  assert.deepEqual(peer.messages, ['3:yes']);
  peer.send({ type: 'forwardTsn', cumulative: RAW_TSN + 2, skipped: [{ stream: 60_000, ssn: 1 }] });
  assert.equal(sackIn(peer.send(data(RAW_TSN + 3, 'on'), data(RAW_TSN + 3, 'on'))).cumulative, RAW_TSN + 3);
});

test('FORWARD-TSN releases what waited for a message that will not come', () => {
  const peer = connected();
  peer.send(ordered(RAW_TSN + 1, 1, 'b'), ordered(RAW_TSN + 3, 3, 'd'), ordered(RAW_TSN + 4, 4, 'e'));
  peer.send(...fragments(RAW_TSN + 5, ['half', 'of', 'it']).slice(0, 2));
  assert.deepEqual(peer.messages, []);
  // Message 2 is given up, and 0 before it: 1 is here and comes, 3 and 4 follow.
  const sack = sackIn(peer.send({ type: 'forwardTsn', cumulative: RAW_TSN + 2, skipped: [{ stream: 0, ssn: 2 }] }));
  assert.equal(sack.cumulative, RAW_TSN + 6);
  assert.deepEqual(peer.messages, ['0:b', '0:d', '0:e']);
  peer.send({ type: 'forwardTsn', cumulative: RAW_TSN + 7, skipped: [] });
  assert.equal(peer.association.statistics.receivedBytes, 0);
  assert.equal(sackIn(peer.send({ type: 'forwardTsn', cumulative: RAW_TSN, skipped: [] })).cumulative, RAW_TSN + 7);
  peer.send(ordered(RAW_TSN + 8, 5, 'f'));
  assert.equal(peer.messages.at(-1), '0:f');
});

test('FORWARD-TSN takes nothing that is complete, and leaves a message that goes on after it', () => {
  const peer = connected();
  const reliable = { unordered: false, stream: 1, ssn: 0 };
  peer.send(...fragments(RAW_TSN + 1, ['whole', ' and', ' here'], reliable));
  const [first, second, third] = fragments(RAW_TSN + 5, ['goes', ' on', ' after'], { ...reliable, ssn: 1 });
  peer.send(first!, second!);
  assert.deepEqual(peer.messages, []);
  peer.send({ type: 'forwardTsn', cumulative: RAW_TSN + 6, skipped: [{ stream: 0, ssn: 0 }] });
  assert.deepEqual(peer.messages, ['1:whole and here']);
  peer.send(third!);
  assert.deepEqual(peer.messages, ['1:whole and here', '1:goes on after']);
  const [begin, , end] = fragments(RAW_TSN + 8, ['a gap', ' in', ' it'], { ...reliable, ssn: 2 });
  peer.send(begin!, end!);
  peer.send({ type: 'forwardTsn', cumulative: RAW_TSN + 10, skipped: [{ stream: 1, ssn: 2 }] });
  peer.send(ordered(RAW_TSN + 11, 3, 'next', 1));
  assert.deepEqual(peer.messages.slice(2), ['1:next']);
  assert.equal(peer.association.statistics.receivedBytes, 0);
});

test('in whatever order and however often chunks come, each message comes once, and nothing is left', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat(2), fc.boolean()), { minLength: 1, maxLength: 30 }),
      fc.infiniteStream(fc.nat(0xffff)),
      (list, order) => {
        const next = [0, 0, 0];
        const chunks: Chunk[] = [];
        list.forEach(([parts, stream, unordered], number) => {
          const ssn = unordered ? 0 : next[stream]!++;
          const texts = Array.from({ length: parts }, (_, part) => `${number}.${part} `);
          chunks.push(...fragments(plus(RAW_TSN, chunks.length), texts, { stream, unordered, ssn }));
        });
        const shuffled = [...chunks, ...chunks]
          .map((chunk) => ({ chunk, key: order.next().value as number }))
          .sort((a, b) => a.key - b.key);
        const peer = connected();
        for (const { chunk } of shuffled) peer.send(chunk);
        const expected = list.map(([parts, stream], number) =>
          `${stream}:`.concat(...Array.from({ length: parts }, (_, part) => `${number}.${part} `)),
        );
        assert.deepEqual([...peer.messages].sort(), [...expected].sort());
        for (const stream of [0, 1, 2]) {
          const isOrdered = (text: string) =>
            text.startsWith(`${stream}:`) && !list[Number.parseInt(text.slice(2), 10)]![2];
          assert.deepEqual(peer.messages.filter(isOrdered), expected.filter(isOrdered));
        }
        assert.equal(peer.association.statistics.receivedBytes, 0);
        assert.deepEqual(
          peer.wait(1000).filter(({ type }) => type !== 'sack'),
          [],
        );
      },
    ),
  );
});
