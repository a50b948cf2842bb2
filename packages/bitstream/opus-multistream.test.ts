import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { BitstreamError } from './errors.ts';
import { splitOpusStreams } from './opus-multistream.ts';

const split = (hex: string, streams: number) =>
  splitOpusStreams(Buffer.from(hex.replaceAll(' ', ''), 'hex'), streams).map((part) => part.toString('hex'));

test('a packet of one stream is returned unchanged', () => {
  assert.deepEqual(split('ec 010203', 1), ['ec010203']);
});

test('one frame each: the length after the first byte is removed; the last stream has none', () => {
  assert.deepEqual(split('ec 02 aabb e8 01 cc e8 dd', 3), ['ecaabb', 'e8cc', 'e8dd']);
});

test('lengths of 252 and more take two bytes', () => {
  const long = 'ab'.repeat(253);
  assert.deepEqual(split(`ec fd 00 ${long} e8 dd`, 2), [`ec${long}`, 'e8dd']);
});

test('two frames may have equal or different sizes', () => {
  assert.deepEqual(split('ed 02 aabb ccdd e8 ee', 2), ['edaabbccdd', 'e8ee']);
  assert.deepEqual(split('ee 01 02 aa bbcc e8 ee', 2), ['ee01aabbcc', 'e8ee']);
});

test('many frames may have equal or different sizes, and padding', () => {
  assert.deepEqual(split('ef 03 01 aabbcc e8 ee', 2), ['ef03aabbcc', 'e8ee']);
  assert.deepEqual(split('ef 83 01 02 01 aa bbbb cc e8 ee', 2), ['ef830102aabbbbcc', 'e8ee']);
  assert.deepEqual(split('ef 41 02 01 aa 0000 e8 ee', 2), ['ef4102aa0000', 'e8ee']);
  const padding = '00'.repeat(254);
  assert.deepEqual(split(`ef 41 ff 00 01 aa ${padding} e8 ee`, 2), [`ef41ff00aa${padding}`, 'e8ee']);
});

test('a truncated or malformed packet throws BitstreamError', () => {
  for (const hex of ['', 'ec', 'ec 02 aa', 'ec fc', 'ec 01 aa', 'ef 00 01 aa e8', 'ef 41', 'ef 41 ff']) {
    assert.throws(() => split(hex, 2), BitstreamError, hex);
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 8 }), (bytes, streams) => {
      try {
        assert.equal(splitOpusStreams(Buffer.from(bytes), streams).length, streams);
      } catch (error) {
        assert.ok(error instanceof BitstreamError);
      }
    }),
  );
});
