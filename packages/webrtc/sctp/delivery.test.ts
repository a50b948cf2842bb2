import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededBytes, TestPair } from './testing/pair.ts';
import type { Delivery } from './types.ts';

/** What a wire does to each packet, from a seed: shares out of 256. */
function badWire(
  seed: number,
  { loss = 0, repeat = 0, jitterMs = 0 }: { loss?: number; repeat?: number; jitterMs?: number },
) {
  const random = seededBytes(seed);
  return () => {
    const [first, second, third, fourth] = random(4) as unknown as [number, number, number, number];
    if (first < loss) return [];
    const delay = 10 + (jitterMs * second) / 256;
    return third < repeat ? [delay, delay + (jitterMs * fourth) / 256] : [delay];
  };
}

const wire = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
  loss: fc.constantFrom(0, 3, 13, 38, 64),
  repeat: fc.constantFrom(0, 20, 80),
  jitterMs: fc.constantFrom(0, 5, 100),
});
const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 6000 })), {
  minLength: 1,
  maxLength: 120,
});
const RUNS = { numRuns: 150 };

/** Text that says which message it is, `size` bytes at least. */
const message = (number: number, size: number) => Buffer.from(`${number}:`.padEnd(size, 'x'));
const number = (text: string) => Number(text.slice(0, text.indexOf(':')));

/** Sends them a few ms apart, both ways, over three streams, and waits until all is quiet. */
function exchange(pair: TestPair, list: readonly number[], delivery: Delivery): void {
  list.forEach((size, index) => {
    assert.ok(pair.send('a', index % 3, message(index, size), delivery));
    assert.ok(pair.send('b', index % 3, message(index, size), delivery));
    pair.wire.run(3);
  });
  pair.wire.run(600_000);
  assert.equal(pair.wire.nextAt, Number.POSITIVE_INFINITY, 'something is still due');
  for (const { statistics } of [pair.a, pair.b]) {
    assert.deepEqual([statistics.heldBytes, statistics.receivedBytes], [0, 0], 'something is still held');
  }
}

test('ordered messages arrive exactly once, whole and in order, whatever the wire does', () => {
  fc.assert(
    fc.property(wire, sizes, ({ seed, ...faults }, list) => {
      const pair = TestPair.connected({ seed });
      pair.wire.outcome = badWire(seed, faults);
      exchange(pair, list, { ordered: true });
      for (const side of ['a', 'b'] as const) {
        for (const stream of [0, 1, 2]) {
          const expected = list.flatMap((size, index) => (index % 3 === stream ? [`${message(index, size)}`] : []));
          assert.deepEqual(pair.texts(side, stream), expected);
        }
      }
    }),
    RUNS,
  );
});

test('unordered messages arrive exactly once and whole, whatever the wire does', () => {
  fc.assert(
    fc.property(wire, sizes, ({ seed, ...faults }, list) => {
      const pair = TestPair.connected({ seed });
      pair.wire.outcome = badWire(seed, faults);
      exchange(pair, list, { ordered: false });
      for (const side of ['a', 'b'] as const) {
        const texts = [0, 1, 2].flatMap((stream) => pair.texts(side, stream));
        texts.sort((a, b) => number(a) - number(b));
        assert.deepEqual(
          texts,
          list.map((size, index) => `${message(index, size)}`),
        );
      }
    }),
    RUNS,
  );
});

test('messages that may be given up arrive at most once, whole, in order if they are ordered, and hold nothing up', () => {
  fc.assert(
    fc.property(
      wire,
      sizes,
      fc.boolean(),
      fc.constantFrom({ maxRetransmits: 0 }, { maxRetransmits: 2 }, { maxLifetimeMs: 30 }, { maxLifetimeMs: 1000 }),
      ({ seed, ...faults }, list, ordered, limit) => {
        const pair = TestPair.connected({ seed });
        pair.wire.outcome = badWire(seed, faults);
        exchange(pair, list, { ordered, ...limit });
        pair.wire.outcome = () => [10];
        for (const side of ['a', 'b'] as const) {
          for (const stream of [0, 1, 2]) {
            const texts = pair.texts(side, stream);
            for (const text of texts) assert.equal(text, `${message(number(text), list[number(text)]!)}`);
            const numbers = texts.map(number);
            assert.equal(new Set(numbers).size, numbers.length, 'one arrived twice');
            if (ordered)
              assert.deepEqual(
                numbers,
                [...numbers].sort((a, b) => a - b),
              );
            assert.ok(numbers.every((index) => index % 3 === stream));
          }
        }
        // Whatever was lost, the next one gets through.
        assert.ok(pair.send('a', 1, Buffer.from('1000:last'), { ordered }));
        pair.wire.run(100);
        assert.equal(pair.texts('b', 1).at(-1), '1000:last');
      },
    ),
    RUNS,
  );
});

test('messages that may be given up take none along that may not', () => {
  fc.assert(
    fc.property(wire, sizes, fc.boolean(), ({ seed, ...faults }, list, ordered) => {
      const pair = TestPair.connected({ seed });
      pair.wire.outcome = badWire(seed, faults);
      list.forEach((size, index) => {
        pair.send('a', 1 + (index % 2), message(index, size), { ordered });
        pair.send('a', index % 3, message(1000 + index, size), { ordered, maxRetransmits: 0 });
        pair.wire.run(3);
      });
      pair.wire.run(600_000);
      for (const stream of [1, 2]) {
        const numbers = pair.texts('b', stream).map(number);
        const kept = numbers.filter((index) => index < 1000);
        if (!ordered) kept.sort((a, b) => a - b);
        assert.deepEqual(
          kept,
          list.flatMap((_, index) => (1 + (index % 2) === stream ? [index] : [])),
        );
      }
      assert.deepEqual([pair.a.statistics.heldBytes, pair.b.statistics.receivedBytes], [0, 0]);
    }),
    RUNS,
  );
});

test('without loss nothing is given up', () => {
  const pair = TestPair.connected();
  for (let index = 0; index < 200; index++) {
    assert.ok(pair.send('a', 1, message(index, 40), { ordered: false, maxRetransmits: 0 }));
    pair.wire.run(2);
  }
  pair.wire.run(1000);
  assert.equal(pair.texts('b', 1).length, 200);
});

test('TSNs, and numbers in streams, go on after their largest value', () => {
  const pair = TestPair.connected({ a: { random: (bytes) => new Uint8Array(bytes).fill(0xff) } });
  pair.wire.outcome = badWire(5, { loss: 20, jitterMs: 20 });
  for (let index = 0; index < 70_000; index++) {
    assert.ok(pair.send('a', 1, Buffer.from(`${index}`)));
    // Many at a time share packets, so that there are few.
    if (index % 10_000 === 9_999) pair.wire.run(60_000);
  }
  pair.wire.run(600_000);
  assert.deepEqual(
    pair.texts('b', 1),
    Array.from({ length: 70_000 }, (_, index) => `${index}`),
  );
});

test('a message on one stream does not wait for another stream', () => {
  const pair = TestPair.connected();
  pair.wire.outcome = () => [];
  pair.send('a', 1, Buffer.from('lost'));
  pair.wire.outcome = () => [10];
  pair.send('a', 2, Buffer.from('other'));
  pair.send('a', 1, Buffer.from('behind it'));
  pair.wire.run(20);
  assert.deepEqual([pair.texts('b', 1), pair.texts('b', 2)], [[], ['other']]);
  pair.wire.run(1000);
  assert.deepEqual(pair.texts('b', 1), ['lost', 'behind it']);
});

test('a single loss is repaired by what comes after it, before any timeout', () => {
  const pair = TestPair.connected();
  pair.wire.outcome = () => [];
  pair.send('a', 1, Buffer.from('lost'));
  pair.wire.outcome = () => [10];
  const sentAt = pair.wire.now;
  for (let index = 0; index < 4; index++) {
    pair.send('a', 1, Buffer.from(`${index}`));
    pair.wire.run(5);
  }
  pair.wire.run(50);
  assert.deepEqual(pair.texts('b', 1), ['lost', '0', '1', '2', '3']);
  assert.ok(pair.wire.now - sentAt < 100);
  assert.equal(pair.a.statistics.retransmissions, 1);
});

test('streams take turns: a long queue on one does not keep another waiting', () => {
  const pair = TestPair.connected();
  for (let index = 0; index < 100; index++) pair.send('a', 1, Buffer.alloc(5000, 'x'));
  pair.send('a', 2, Buffer.from('short'));
  pair.wire.run(60);
  assert.deepEqual(pair.texts('b', 2), ['short']);
  assert.ok(pair.texts('b', 1).length < 10);
  pair.wire.run(10_000);
  assert.equal(pair.texts('b', 1).length, 100);
});

test('a large queue goes at the speed of the path once the window has grown', () => {
  const pair = TestPair.connected();
  for (let index = 0; index < 15; index++) pair.send('a', 1, Buffer.alloc(60_000, 'x'));
  const drained = () => pair.types('a').includes('drained');
  const sentAt = pair.wire.now;
  while (!drained()) pair.wire.run(1);
  assert.equal(pair.a.bufferedAmount(1), 0);
  // 900 kB in round trips of 20 ms: 4 kB at first, and twice as much each time up to the receiver's window.
  assert.ok(pair.wire.now - sentAt < 500, `${pair.wire.now - sentAt} ms`);
});
