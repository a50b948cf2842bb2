import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  closeFrame,
  creditFrame,
  dataHeader,
  endFrame,
  MAX_FRAME_DATA,
  MAX_FRAME_STREAMS,
  MultiplexDecoder,
  type MultiplexFrame,
} from '../index.ts';

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const plain = { noNullPrototype: true };
const frame: fc.Arbitrary<MultiplexFrame> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('data' as const),
      streams: fc.array(u32, { minLength: 1, maxLength: 70 }),
      data: fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    },
    plain,
  ),
  fc.record({ kind: fc.constant('credit' as const), stream: u32, bytes: u32 }, plain),
  fc.record({ kind: fc.constantFrom('end' as const, 'close' as const), stream: u32 }, plain),
);

function encoded(frame: MultiplexFrame): Buffer {
  if (frame.kind === 'data') return Buffer.concat([dataHeader(frame.streams, frame.data.length), frame.data]);
  if (frame.kind === 'credit') return creditFrame(frame.stream, frame.bytes);
  return frame.kind === 'end' ? endFrame(frame.stream) : closeFrame(frame.stream);
}

function decoded(decoder: MultiplexDecoder, pieces: readonly Buffer[]): MultiplexFrame[] {
  return pieces.flatMap((piece) => [...decoder.decode(piece)]);
}

test('frames come out as they went in, however they are cut into pieces', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 12 }), lengths, (frames, lengths) => {
      const bytes = Buffer.concat(frames.map(encoded));
      const pieces: Buffer[] = [];
      for (let at = 0, index = 0; at < bytes.length; index++) {
        const length = lengths[index % lengths.length]!;
        pieces.push(Buffer.from(bytes.subarray(at, at + length)));
        at += length;
      }
      const decoder = new MultiplexDecoder();
      assert.deepEqual(decoded(decoder, pieces), frames);
    }),
  );
});

test('data that come in one piece are not copied', () => {
  const piece = encoded({ kind: 'data', streams: [1, 2], data: Buffer.alloc(1000, 7) });
  const [got] = decoded(new MultiplexDecoder(), [piece]);
  assert.ok(got?.kind === 'data');
  assert.equal(got.data.buffer, piece.buffer);
});

test('what no end sends is refused before memory is taken for it', () => {
  const streams = Array.from({ length: MAX_FRAME_STREAMS + 1 }, (_, index) => index);
  const refused: [bytes: Buffer, why: RegExp][] = [
    [Buffer.from('0000000100000000', 'hex'), /no known kind/],
    [Buffer.from('0500000100000000', 'hex'), /no known kind/],
    [dataHeader([], 1), /so many streams/],
    [dataHeader(streams, 1), /so many streams/],
    [Buffer.from('02000002', 'hex'), /so many streams/],
    [dataHeader([1], MAX_FRAME_DATA + 1), /so much data/],
    [dataHeader([1], 0), /so much data/],
  ];
  for (const [bytes, why] of refused) {
    const whole = Buffer.concat([bytes, Buffer.alloc(8)]);
    assert.throws(() => decoded(new MultiplexDecoder(), [whole]), why);
  }
});
