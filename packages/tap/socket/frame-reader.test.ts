import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clientFrame, FrameReader, Opcode, SocketError } from './frame-reader.ts';

const ANSWER = Buffer.from('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n');

function serverFrame(opcode: number, data: Buffer): Buffer {
  const first = Buffer.of(0x80 | opcode);
  if (data.length < 126) return Buffer.concat([first, Buffer.of(data.length), data]);
  const size = Buffer.alloc(data.length < 0x1_0000 ? 3 : 9);
  size[0] = size.length === 3 ? 126 : 127;
  if (size.length === 3) size.writeUInt16BE(data.length, 1);
  else size.writeBigUInt64BE(BigInt(data.length), 1);
  return Buffer.concat([first, size, data]);
}

test('frames of any size are read, however the bytes come', () => {
  const size = fc.oneof(fc.nat(200), fc.constantFrom(125, 126, 65_535, 65_536, 70_000));
  fc.assert(
    fc.property(fc.array(size, { maxLength: 6 }), fc.array(fc.integer({ min: 1, max: 40_000 })), (sizes, cuts) => {
      const bodies = sizes.map((length, index) => Buffer.alloc(length, index + 1));
      const all = Buffer.concat([ANSWER, ...bodies.map((body) => serverFrame(Opcode.binary, body))]);
      const reader = new FrameReader(70_000);
      const read = [];
      let at = 0;
      for (const cut of [...cuts, all.length]) {
        read.push(...reader.push(all.subarray(at, at + cut)));
        at += cut;
      }
      assert.deepEqual(
        read.map(({ data }) => data),
        bodies,
      );
    }),
    { numRuns: 50 },
  );
});

test('what a streamer never sends is an error', () => {
  const after = (...bytes: number[]) => Buffer.concat([ANSWER, Buffer.from(bytes)]);
  for (const bytes of [
    Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
    Buffer.alloc(9_000, 'x'),
    after(0x02, 0),
    after(0x80, 0),
    after(0x82, 0x80, 0, 0, 0, 0),
    after(0xc2, 0),
    after(0x82, 127, 0, 0, 0, 0, 0, 0, 0x10, 0),
    after(0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
  ])
    assert.throws(() => new FrameReader(1_000).push(bytes), SocketError);
});

test('what is sent is masked, as servers demand', () => {
  assert.deepEqual(clientFrame(Opcode.pong, Buffer.from('ab')), Buffer.of(0x8a, 0x82, 0, 0, 0, 0, 0x61, 0x62));
  assert.deepEqual(clientFrame(Opcode.binary, Buffer.alloc(200)).subarray(0, 4), Buffer.of(0x82, 0xfe, 0, 200));
});
