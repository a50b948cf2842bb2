import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BitReader, BitWriter, escapeRbsp, unescapeRbsp } from './bits.ts';

test('exp-Golomb numbers are read, unsigned and signed', () => {
  const reader = new BitReader(Buffer.from([0b10100110, 0b01000010, 0b10000000]));
  assert.deepEqual([reader.ue(), reader.ue(), reader.ue(), reader.ue(), reader.ue()], [0, 1, 2, 3, 4]);
  const signed = new BitReader(Buffer.from([0b10100110, 0b01000010, 0b10000000]));
  assert.deepEqual([signed.se(), signed.se(), signed.se(), signed.se(), signed.se()], [0, 1, -1, 2, -2]);
});

test('reading past the end and overlong numbers are refused', () => {
  const refused = { code: 'MALFORMED_BITSTREAM' };
  assert.throws(() => new BitReader(Buffer.alloc(0)).bit(), refused);
  assert.throws(() => new BitReader(Buffer.alloc(1)).bits(9), refused);
  assert.throws(() => new BitReader(Buffer.alloc(1)).skip(9), refused);
  assert.throws(() => new BitReader(Buffer.alloc(20)).ue(), refused);
});

test('a reader reads what a writer wrote', () => {
  const value = fc.oneof(
    fc.record({ kind: fc.constant('ue' as const), value: fc.nat(2 ** 31 - 2) }),
    fc.record({ kind: fc.constant('bits' as const), value: fc.nat(2 ** 31 - 1) }),
  );
  fc.assert(
    fc.property(fc.array(value, { maxLength: 20 }), (values) => {
      const writer = new BitWriter();
      for (const one of values) one.kind === 'ue' ? writer.ue(one.value) : writer.bits(one.value, 32);
      const reader = new BitReader(writer.finish());
      for (const one of values) assert.equal(one.kind === 'ue' ? reader.ue() : reader.bits(32), one.value);
      assert.equal(reader.bit(), 1);
      assert.ok(reader.remaining < 8);
    }),
  );
});

test('emulation prevention is inserted and removed again', () => {
  const escaped = escapeRbsp(Buffer.of(0x67), Buffer.from('00000000ff000002', 'hex'));
  assert.equal(escaped.toString('hex'), '670000030000ff00000302');
  assert.equal(unescapeRbsp(Buffer.from('670000030000ff0003', 'hex'), 1).toString('hex'), '00000000ff0003');
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 0, 0, 1, 2, 3, 4), { maxLength: 60 }), (bytes) => {
      const rbsp = Buffer.from(bytes);
      const nal = escapeRbsp(Buffer.of(0x67), rbsp);
      for (const forbidden of ['000000', '000001', '000002'])
        assert.equal(nal.indexOf(Buffer.from(forbidden, 'hex')), -1);
      assert.deepEqual(unescapeRbsp(nal, 1), rbsp);
    }),
  );
});
