import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BitstreamError } from './errors.ts';
import { parseOpusToc } from './opus.ts';

const toc = (text: string) => parseOpusToc(Buffer.from(text, 'hex'));

test('the TOC bytes of protocol/3 §8.4 and §12 are parsed', () => {
  assert.deepEqual(toc('ec'), { frameMs: 5, channels: 2, frames: 1 });
  assert.deepEqual(toc('f4'), { frameMs: 10, channels: 2, frames: 1 });
  assert.deepEqual(toc('e8'), { frameMs: 5, channels: 1, frames: 1 });
  assert.deepEqual(toc('f0'), { frameMs: 10, channels: 1, frames: 1 });
  assert.deepEqual(toc('cc'), { frameMs: 5, channels: 2, frames: 1 });
});

test('other configurations of RFC 6716 are parsed', () => {
  assert.deepEqual(toc('e1'), { frameMs: 2.5, channels: 1, frames: 2 });
  assert.deepEqual(toc('fe'), { frameMs: 20, channels: 2, frames: 2 });
  assert.deepEqual(toc('18'), { frameMs: 60, channels: 1, frames: 1 });
  assert.deepEqual(toc('60'), { frameMs: 10, channels: 1, frames: 1 });
  assert.deepEqual(toc('7c'), { frameMs: 20, channels: 2, frames: 1 });
  assert.deepEqual(toc('fb86'), { frameMs: 20, channels: 1, frames: 6 });
});

test('impossible packets are refused', () => {
  for (const wrong of ['', 'fb', 'fb00', 'fb07', '1b03']) {
    assert.throws(() => toc(wrong), { code: 'MALFORMED_BITSTREAM' }, wrong);
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3 }), (bytes) => {
      try {
        const { frameMs, frames } = parseOpusToc(Buffer.from(bytes));
        assert.ok(frames > 0 && frames * frameMs <= 120);
      } catch (error) {
        assert.ok(error instanceof BitstreamError, String(error));
      }
    }),
  );
});
