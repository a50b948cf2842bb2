import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitAnnexB } from './annexb.ts';
import { escapeRbsp } from './bits.ts';

const split = (text: string) => splitAnnexB(Buffer.from(text, 'hex')).map((nal) => nal.toString('hex'));

test('start codes may have three or four bytes, with zeros around them', () => {
  assert.deepEqual(split('000000016764002aac0000000168ee3c8000000001658884001122334455'), [
    '6764002aac',
    '68ee3c80',
    '658884001122334455',
  ]);
  assert.deepEqual(split('00000167aa00000168bb000001650102'), ['67aa', '68bb', '650102']);
  assert.deepEqual(split('0000000000000167aa000000000000000168bb0000'), ['67aa', '68bb']);
});

test('bytes outside NAL units are ignored', () => {
  assert.deepEqual(split(''), []);
  assert.deepEqual(split('000001'), []);
  assert.deepEqual(split('00000100000001'), []);
  assert.deepEqual(split('ffee'), []);
  assert.deepEqual(split('ffee00000165'), ['65']);
});

test('at most 256 NAL units are accepted', () => {
  const one = Buffer.from('0000010101', 'hex');
  assert.equal(splitAnnexB(Buffer.concat(new Array(256).fill(one))).length, 256);
  assert.throws(() => splitAnnexB(Buffer.concat(new Array(257).fill(one))), { code: 'MALFORMED_BITSTREAM' });
});

test('NAL units of any content are found, whatever start codes are used', () => {
  const content = fc.uint8Array({ minLength: 0, maxLength: 40 }).map((bytes) => {
    const nal = escapeRbsp(Buffer.of(0x65), Buffer.from(bytes));
    return Buffer.concat([nal, Buffer.of(0x80)]);
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(content, fc.integer({ min: 2, max: 5 })), { maxLength: 10 }), (units) => {
      const stream = units.flatMap(([nal, zeros]) => [Buffer.alloc(zeros), Buffer.of(1), nal]);
      assert.deepEqual(
        splitAnnexB(Buffer.concat([...stream, Buffer.alloc(3)])),
        units.map(([nal]) => nal),
      );
    }),
  );
});
