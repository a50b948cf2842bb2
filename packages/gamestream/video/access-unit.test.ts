import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assembleFrame, type HeaderVersion } from './access-unit.ts';

const SUNSHINE: HeaderVersion = { parts: [7, 1, 431, -1], sunshine: true };
const gfe = (third: number): HeaderVersion => ({ parts: [7, 1, third, 0], sunshine: false });

/** Data shards with `size` bytes of `payload` each; `payload` starts with the frame header. */
function shards(payload: Buffer, size: number): Buffer[] {
  const count = Math.ceil(payload.length / size);
  return Array.from({ length: count }, (_, at) => {
    const shard = Buffer.alloc(32 + size);
    payload.copy(shard, 32, at * size, (at + 1) * size);
    return shard;
  });
}

function shortHeader(type: number, lastLength: number, latency = 0): Buffer {
  return Buffer.from([1, latency & 0xff, latency >> 8, type, lastLength & 0xff, lastLength >> 8, 0, 0]);
}

const slice = Buffer.from('0000000141aabbcc', 'hex');
const cut = (lastLength: number, codec: 'h264' | 'av1' = 'h264', version = SUNSHINE) =>
  assembleFrame(shards(Buffer.concat([shortHeader(2, lastLength), slice]), 10), codec, version)?.data.toString('hex');

test('the frame ends where the stated length of its last packet says', () => {
  assert.equal(cut(6), slice.toString('hex'));
  assert.equal(cut(5), slice.subarray(0, 7).toString('hex'));
  assert.equal(cut(10), `${slice.toString('hex')}00000000`);
});

test('with an impossible length trailing zeros are cut off instead, and an AV1 frame is unusable', () => {
  for (const wrong of [0, 11, 0xffff]) {
    assert.equal(cut(wrong), slice.toString('hex'));
    assert.equal(cut(wrong, 'av1'), undefined);
  }
  assert.equal(cut(6, 'av1'), slice.toString('hex'));
});

test('in a frame of one packet the stated length includes the frame header', () => {
  const one = (lastLength: number, codec: 'h264' | 'av1') =>
    assembleFrame(shards(Buffer.concat([shortHeader(1, lastLength), slice]), 20), codec, SUNSHINE)?.data.toString(
      'hex',
    );
  assert.equal(one(16, 'h264'), slice.toString('hex'));
  assert.equal(one(15, 'av1'), slice.subarray(0, 7).toString('hex'));
  assert.equal(one(8, 'h264'), slice.toString('hex'));
  assert.equal(one(8, 'av1'), undefined);
});

test('if the host states no length, trailing zeros are padding and inner ones are not', () => {
  const stream = Buffer.from('0000000167640000000000000165aa0000bb0000', 'hex');
  const frame = assembleFrame(shards(Buffer.concat([shortHeader(2, 3), stream]), 50), 'h264', gfe(431));
  assert.deepEqual(frame?.data, stream.subarray(0, 18));
  assert.equal(frame?.keyFrame, true);
});

test('the length of the long header depends on the host version', () => {
  for (const [third, length] of [
    [431, 24],
    [445, 24],
    [446, 41],
    [449, 41],
    [450, 44],
    [999, 44],
  ] as const) {
    const header = Buffer.alloc(length, 0x55);
    header[0] = 0x81;
    const payload = Buffer.concat([header, slice]);
    assert.deepEqual(assembleFrame(shards(payload, 100), 'h264', gfe(third))?.data, slice, `7.1.${third}`);
    assert.equal(assembleFrame(shards(payload.subarray(0, length), length), 'h264', gfe(third)), null);
  }
});

test('key frames are recognised by the first slice, whatever the header says', () => {
  const key = (codec: 'h264' | 'hevc', stream: string, type = 1) => {
    const payload = Buffer.concat([shortHeader(type, 0), Buffer.from(stream, 'hex')]);
    return assembleFrame(shards(payload, 60), codec, SUNSHINE)?.keyFrame;
  };
  assert.equal(key('h264', '0000000167640020000000016801000001060500000165b8'), true);
  assert.equal(key('h264', '000000010910000000014101'), false);
  assert.equal(key('h264', '0000000141e0', 2), false);
  assert.equal(key('hevc', '00000001400100000001420100000001440100000128af'), true);
  assert.equal(key('hevc', '0000000126010101'), true);
  assert.equal(key('hevc', '0000000102010101'), false);
  assert.equal(key('h264', '000000016764002a', 2), false);
  assert.equal(key('h264', 'ff000001', 2), false);
});

test('AV1 key frames are recognised by the frame header', () => {
  const key = (type: number) =>
    assembleFrame(shards(Buffer.concat([shortHeader(type, 16), slice]), 16), 'av1', SUNSHINE)?.keyFrame;
  assert.deepEqual([1, 2, 4, 5, 104].map(key), [false, true, false, false, false]);
});

test('latency is read from Sunshine-type hosts only', () => {
  const latency = (version: HeaderVersion) =>
    assembleFrame(shards(Buffer.concat([shortHeader(1, 16, 0x1234), slice]), 16), 'h264', version)?.hostLatency;
  assert.equal(latency(SUNSHINE), 0x1234);
  assert.equal(latency(gfe(431)), 0);
});

test('a frame with an unknown header or without content is refused, and no input throws', () => {
  assert.equal(assembleFrame(shards(Buffer.from('02000000000000000000000141', 'hex'), 20), 'h264', SUNSHINE), null);
  assert.equal(assembleFrame(shards(shortHeader(1, 0), 20), 'h264', SUNSHINE), null);
  assert.equal(assembleFrame([Buffer.alloc(33, 1)], 'h264', SUNSHINE), null);
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 33, maxLength: 80 }), { minLength: 1, maxLength: 4 }),
      fc.constantFrom('h264' as const, 'hevc' as const, 'av1' as const),
      fc.constantFrom(0x01, 0x81),
      (parts, codec, first) => {
        const data = parts.map((part) => Buffer.from(part));
        data[0]![32] = first;
        const frame = assembleFrame(data, codec, SUNSHINE);
        assert.ok(frame === null || frame.data.length > 0);
      },
    ),
  );
});
