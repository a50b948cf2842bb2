import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalAddress } from '../address.ts';
import { BINDING, decodeStun, encodeStun, isStun, type StunMessage } from './message.ts';

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');
const PASSWORD = 'VOkJxbRl1RmTxUk/WvJxBt';
const ID = hex('b7e7a701bc34d686fa87dfae');

// RFC 5769 §2.1 to §2.4
const REQUEST = hex(`
  00010058 2112a442 b7e7a701 bc34d686 fa87dfae 80220010 5354554e 20746573 7420636c 69656e74 00240004 6e0001ff
  80290008 932ff9b1 51263b36 00060009 6576746a 3a683676 59202020 00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249
  c1b571a2 80280004 e57a3bcf`);
const RESPONSE_IPV4 = hex(`
  0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200008 0001a147 e112a643
  00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 80280004 c07d4c96`);
const RESPONSE_IPV6 = hex(`
  01010048 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200014 0002a147 0113a9fa
  a5d3f179 bc25f4b5 bed2b9d9 00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41 80280004 c8fb0b4c`);
const LONG_TERM_REQUEST = hex(`
  00010060 2112a442 78ad3433 c6ad72c0 29da412e 00060012 e3839ee3 8388e383 aae38383 e382afe3 82b90000 0015001c
  662f2f34 39396b39 35346436 4f4c3334 6f4c3946 53547679 36347341 0014000b 6578616d 706c652e 6f726700 00080014
  f6702465 6dd64a3e 02b8e071 2e85c9a2 8ca89666`);

describe('the vectors of RFC 5769', () => {
  it('are read: a request', () => {
    const message = decodeStun(REQUEST)!;
    const { class: kind, method, transactionId, username, priority, role } = message;
    assert.deepEqual([kind, method, username, priority], ['request', BINDING, 'evtj:h6vY', 0x6e00_01ff]);
    assert.deepEqual(Buffer.from(transactionId), ID);
    assert.deepEqual(role, { type: 'controlled', tieBreaker: 0x932f_f9b1_5126_3b36n });
    assert.deepEqual(message.notUnderstood, []);
    assert.ok(message.isBy(PASSWORD));
    assert.ok(!message.isBy(`${PASSWORD} `));
  });

  it('are read: responses', () => {
    for (const [bytes, address] of [
      [RESPONSE_IPV4, '192.0.2.1'],
      [RESPONSE_IPV6, '2001:db8:1234:5678:11:2233:4455:6677'],
    ] as const) {
      const message = decodeStun(bytes)!;
      assert.deepEqual([message.class, message.mappedAddress], ['success', { address, port: 32_853 }]);
      assert.ok(message.isBy(PASSWORD));
    }
  });

  it('are read: a long-term key, attributes we do not understand, and no fingerprint', () => {
    const message = decodeStun(LONG_TERM_REQUEST)!;
    assert.equal(message.username, 'マトリックス');
    assert.deepEqual(message.notUnderstood, [0x15, 0x14]);
    assert.ok(message.isBy(createHash('md5').update('マトリックス:example.org:TheMatrIX').digest()));
  });
});

describe('a message', () => {
  const endpoint = fc.record(
    {
      address: fc.oneof(fc.ipV4(), fc.ipV6()).map((text) => canonicalAddress(text)!),
      port: fc.nat(0xffff),
    },
    { noNullPrototype: true },
  );
  const message: fc.Arbitrary<StunMessage> = fc.record(
    {
      class: fc.constantFrom('request', 'indication', 'success', 'error'),
      // Others begin with a byte that belongs to other protocols on the same port.
      method: fc.nat(0xff),
      transactionId: fc.uint8Array({ minLength: 12, maxLength: 12 }),
      username: fc.string({ unit: 'grapheme', maxLength: 40 }),
      priority: fc.nat(0xffff_ffff),
      useCandidate: fc.constant(true),
      role: fc.record(
        {
          type: fc.constantFrom('controlling', 'controlled'),
          tieBreaker: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        },
        { noNullPrototype: true },
      ),
      mappedAddress: endpoint,
      errorCode: fc.integer({ min: 300, max: 699 }),
      unknownAttributes: fc.array(fc.nat(0xffff), { maxLength: 5 }),
    },
    { requiredKeys: ['class', 'method', 'transactionId'], noNullPrototype: true },
  );

  it('is read as it was written, by those who have the key', () => {
    fc.assert(
      fc.property(message, (sent) => {
        const { notUnderstood, isBy, transactionId, ...received } = decodeStun(encodeStun(sent, 'key'))!;
        assert.deepEqual({ ...received, transactionId: new Uint8Array(transactionId) }, sent);
        assert.deepEqual([notUnderstood, isBy('key'), isBy('other')], [[], true, false]);
        assert.ok(!decodeStun(encodeStun(sent))!.isBy('key'));
      }),
    );
  });

  it('is refused if a byte of it changed on the way, or if it was cut', () => {
    const bytes = encodeStun(decodeStun(REQUEST)!, PASSWORD);
    const fingerprintAt = bytes.length - 8;
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 0x20;
      if (at < fingerprintAt) assert.equal(decodeStun(damaged)?.isBy(PASSWORD) ?? false, false, `byte ${at}`);
      if (at >= fingerprintAt + 4) assert.equal(decodeStun(damaged), null, `byte ${at}`);
      assert.equal(decodeStun(bytes.subarray(0, at)), null);
    }
  });

  it('counts only up to its integrity', () => {
    const signed = REQUEST.subarray(0, REQUEST.length - 8);
    const smuggled = Buffer.concat([signed, hex('00250000')]);
    smuggled.writeUInt16BE(smuggled.length - 20, 2);
    const message = decodeStun(smuggled)!;
    assert.ok(message.isBy(PASSWORD));
    assert.equal(message.useCandidate, undefined);
  });

  it('counts the first of several attributes of a type', () => {
    const name = (text: string) => Buffer.concat([hex('00060004'), Buffer.from(text)]);
    const bytes = Buffer.concat([REQUEST.subarray(0, 20), name('aaaa'), name('bbbb')]);
    bytes.writeUInt16BE(bytes.length - 20, 2);
    assert.equal(decodeStun(bytes)?.username, 'aaaa');
  });

  it('has a bounded number of attributes', () => {
    const many = (count: number) => {
      const bytes = Buffer.concat([REQUEST.subarray(0, 20), ...Array<Buffer>(count).fill(hex('80990000'))]);
      bytes.writeUInt16BE(bytes.length - 20, 2);
      return decodeStun(bytes);
    };
    assert.notEqual(many(32), null);
    assert.equal(many(33), null);
  });

  it('is told from what else arrives on the port', () => {
    assert.ok(isStun(REQUEST));
    for (const first of [4, 20, 63, 64, 128, 191]) {
      const other = Buffer.from(REQUEST);
      other[0] = first;
      assert.ok(!isStun(other), `${first}`);
    }
    assert.ok(!isStun(Buffer.alloc(20)));
  });

  it('never is garbage', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const bytes = Buffer.concat([REQUEST.subarray(0, 8), noise]);
        bytes.writeUInt16BE(Math.max(0, bytes.length - 20) & ~3, 2);
        decodeStun(bytes);
        decodeStun(noise);
      }),
    );
  });
});
