import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { addressBytes, addressText, canonicalAddress } from './address.ts';

describe('an address', () => {
  it('has one text', () => {
    for (const [text, canonical] of [
      ['192.0.2.1', '192.0.2.1'],
      ['::', '::'],
      ['::1', '::1'],
      ['FE80:0::00A1', 'fe80::a1'],
      ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
      ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
      ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
      ['::ffff:c000:201', '::ffff:192.0.2.1'],
      ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ])
      assert.equal(canonicalAddress(text!), canonical);
    for (const text of ['', 'localhost', '1.2.3', '1::2::3', 'fe80::1%eth0', '192.0.2.1%x'])
      assert.equal(canonicalAddress(text), null, text);
  });

  it('survives the way to bytes and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        assert.deepEqual(new Uint8Array(addressBytes(addressText(bytes))!), bytes);
      }),
    );
  });
});
