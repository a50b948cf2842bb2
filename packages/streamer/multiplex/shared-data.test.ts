import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_FRAME_DATA, MultiplexDecoder, type MultiplexFrame, TO_SERVER_CREDIT } from '@moonshare/contract';
import fc from 'fast-check';
import { SharedData, type SharedDataTaken } from './shared-data.ts';

type DataFrame = MultiplexFrame & { kind: 'data' };

function frames({ data }: SharedDataTaken): DataFrame[] {
  return [...new MultiplexDecoder().decode(Buffer.concat(data))] as DataFrame[];
}

function opened(...streams: number[]): SharedData {
  const shared = new SharedData();
  for (const stream of streams) shared.open(stream);
  return shared;
}

test('what is written to several streams is in one frame, also in several chunks; the same bytes in other memory are not', () => {
  const shared = opened(1, 2, 3, 4);
  const [sound, picture] = [Buffer.from('sound'), Buffer.from('picture')];
  for (const stream of [1, 2, 4]) shared.write(stream, [sound, picture]);
  shared.write(3, [sound, Buffer.from('picture')]);
  const taken = shared.take();
  assert.deepEqual(
    frames(taken).map(({ streams, data }) => [streams, String(data)]),
    [
      [[1, 2, 4], 'soundpicture'],
      [[3], 'soundpicture'],
    ],
  );
  assert.ok(
    taken.data.some(({ buffer, byteOffset }) => buffer === picture.buffer && byteOffset === picture.byteOffset),
  );
  assert.deepEqual(taken.sent, [1, 2, 4, 3]);
  assert.deepEqual(shared.take(), { data: [], sent: [] });
});

test('a stream without credit waits, and holds up nobody', () => {
  const shared = opened(1, 2);
  const large = Buffer.alloc(TO_SERVER_CREDIT);
  shared.write(1, [large]);
  assert.deepEqual(shared.take().sent, [1]);
  const next = Buffer.from('next');
  for (const stream of [1, 2]) shared.write(stream, [next]);
  const taken = shared.take();
  assert.deepEqual([frames(taken).map(({ streams }) => streams), taken.sent], [[[2]], [2]]);
  assert.ok(shared.grant(1, TO_SERVER_CREDIT));
  assert.deepEqual(frames(shared.take()), [{ kind: 'data', streams: [1], data: next }]);
});

test('more than the credit goes in parts, which are sent once to all that have credit', () => {
  const shared = opened(1, 2);
  const huge = Buffer.alloc(3 * TO_SERVER_CREDIT);
  for (const stream of [1, 2]) shared.write(stream, [huge]);
  const first = shared.take();
  assert.deepEqual([frames(first).length, first.sent], [TO_SERVER_CREDIT / MAX_FRAME_DATA, []]);
  for (const stream of [1, 2]) shared.grant(stream, MAX_FRAME_DATA);
  assert.deepEqual(
    frames(shared.take()).map(({ streams }) => streams),
    [[1, 2]],
  );
});

test('a closed stream gets nothing more, and one that is written nothing has sent it', () => {
  const shared = opened(1, 2);
  for (const stream of [1, 2]) shared.write(stream, [Buffer.alloc(0)]);
  shared.close(1);
  assert.deepEqual(shared.take(), { data: [], sent: [2] });
  assert.equal(shared.grant(1, 5), false);
  assert.throws(() => shared.grant(2, 1), /more was accepted/);
});

interface Step {
  /** Written to those streams; null: each is granted what it has had. */
  to: number[] | null;
  bytes: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  to: fc.option(fc.subarray([0, 1, 2, 3, 4], { minLength: 1 }), { freq: 3 }),
  bytes: fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: TO_SERVER_CREDIT + 5 })),
});

test('each stream gets exactly what was written to it, in order, and never much more than its credit', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const shared = opened(0, 1, 2, 3, 4);
      const written = Array.from({ length: 5 }, () => [] as Buffer[]);
      const got = Array.from({ length: 5 }, () => [] as Buffer[]);
      const underWay = [0, 0, 0, 0, 0];
      const take = () => {
        for (const { streams, data } of frames(shared.take())) {
          assert.equal(new Set(streams).size, streams.length);
          for (const stream of streams) {
            assert.ok(underWay[stream]! < TO_SERVER_CREDIT, 'sent without credit');
            underWay[stream]! += data.length;
            got[stream]!.push(data);
          }
        }
      };
      const grantAll = () => {
        for (const stream of underWay.keys()) shared.grant(stream, underWay[stream]!);
        underWay.fill(0);
      };
      for (const [index, { to, bytes }] of steps.entries()) {
        const chunk = Buffer.alloc(bytes, index + 1);
        for (const stream of to ?? []) {
          shared.write(stream, [chunk]);
          written[stream]!.push(chunk);
        }
        if (to === null) grantAll();
        if (bytes % 3 > 0) take();
      }
      for (let rounds = 0; rounds < steps.length * 2 + 1; rounds++) {
        take();
        grantAll();
      }
      for (const stream of got.keys())
        assert.ok(Buffer.concat(got[stream]!).equals(Buffer.concat(written[stream]!)), `stream ${stream}`);
    }),
    { numRuns: 40 },
  );
});
