import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BitstreamError } from './errors.ts';
import { OBU, readLeb128, splitObus, writeLeb128 } from './obu.ts';
import { SVT_INTER_UNIT, SVT_KEY_UNIT } from './testing/bytes.ts';

const hex = (text: string) => Buffer.from(text, 'hex');
const refused = { code: 'MALFORMED_BITSTREAM' };

test('the temporal unit of protocol/3 §6.4 is split into OBUs', () => {
  const obus = splitObus(hex('12000a03aabbcc3205d0d1d2d3d4'));
  assert.deepEqual(
    obus.map((obu) => [obu.type, obu.extension, obu.payload.toString('hex')]),
    [
      [OBU.temporalDelimiter, null, ''],
      [OBU.sequenceHeader, null, 'aabbcc'],
      [OBU.frame, null, 'd0d1d2d3d4'],
    ],
  );
});

test('extension bytes are kept; only the last OBU may lack a size', () => {
  assert.deepEqual(
    splitObus(hex('3e480211223011')).map((obu) => [obu.type, obu.extension, obu.payload.toString('hex')]),
    [
      [7, 0x48, '1122'],
      [6, null, '11'],
    ],
  );
  assert.deepEqual(splitObus(hex('30001200')).length, 1);
});

test('broken units are refused', () => {
  for (const broken of ['92', '3205d0d1', '34', '32', '328080808080808080', '3280808080808080808001', '32ffffffff7f']) {
    assert.throws(() => splitObus(hex(broken)), refused, broken);
  }
  assert.throws(() => splitObus(Buffer.concat(new Array(257).fill(hex('1200')))), refused);
});

test('leb128 numbers are read and written', () => {
  for (const [text, value, length] of [
    ['00', 0, 1],
    ['7f', 127, 1],
    ['8001', 128, 2],
    ['e58e26', 624485, 3],
    ['ffffffff0f', 0xffffffff, 5],
    ['8000', 0, 2],
  ] as const) {
    assert.deepEqual(readLeb128(hex(text), 0), { value, length });
    if (text !== '8000') assert.equal(writeLeb128(value).toString('hex'), text);
  }
  assert.throws(() => readLeb128(hex('ffffffff1f'), 0), refused);
  assert.throws(() => readLeb128(hex('80'), 0), refused);
  assert.throws(() => readLeb128(hex('01'), 1), refused);
});

test('damaged and random units are split or throw BitstreamError', () => {
  const damaged = fc
    .tuple(fc.constantFrom(SVT_KEY_UNIT, SVT_INTER_UNIT), fc.nat(40), fc.nat(255), fc.nat(50))
    .map(([unit, at, value, cut]) => {
      const copy = Buffer.from(unit.subarray(0, cut));
      if (at < copy.length) copy[at] = value;
      return copy;
    });
  const random = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.oneof(damaged, random), (unit) => {
      try {
        const bytes = splitObus(unit).reduce((sum, { payload }) => sum + payload.length, 0);
        assert.ok(bytes <= unit.length);
      } catch (error) {
        assert.ok(error instanceof BitstreamError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
