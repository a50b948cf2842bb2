import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Attribute, decodeStun, encodeStun, errorCode, longTermKey, Method, xorAddress } from './message.ts';

test('the IPv4 and IPv6 responses in RFC 5769 decode to their addresses', () => {
  const header = '0101%2112a442b7e7a701bc34d686fa87dfae';
  const v4 = decodeStun(Buffer.from(`${header.replace('%', '000c')}002000080001a147e112a643`, 'hex'))!;
  assert.deepEqual([v4.method, v4.class], [Method.BINDING, 'success']);
  assert.deepEqual(xorAddress(v4, Attribute.XOR_MAPPED_ADDRESS), { address: '192.0.2.1', port: 32_853 });
  const v6 = decodeStun(
    Buffer.from(`${header.replace('%', '0018')}002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9`, 'hex'),
  )!;
  assert.deepEqual(xorAddress(v6, Attribute.XOR_MAPPED_ADDRESS), {
    address: '2001:db8:1234:5678:11:2233:4455:6677',
    port: 32_853,
  });
});

test('the request with long-term credentials in RFC 5769 is reproduced byte for byte', () => {
  const expected =
    '000100602112a44278ad3433c6ad72c029da412e' +
    '00060012e3839ee38388e383aae38383e382afe382b90000' +
    '0015001c662f2f3439396b39353464364f4c33346f4c394653547679363473410014000b6578616d706c652e6f726700' +
    '00080014f67024656dd64a3e02b8e0712e85c9a28ca89666';
  const username = 'マトリックス';
  const made = encodeStun(
    {
      method: Method.BINDING,
      class: 'request',
      transactionId: Buffer.from('78ad3433c6ad72c029da412e', 'hex'),
      attributes: [
        [Attribute.USERNAME, Buffer.from(username)],
        [Attribute.NONCE, Buffer.from('f//499k954d6OL34oL9FSTvy64sA')],
        [Attribute.REALM, Buffer.from('example.org')],
      ],
    },
    longTermKey(username, 'example.org', 'TheMatrIX'),
  );
  assert.equal(made.toString('hex'), expected);
});

test('encoded messages decode to the same', () => {
  const bytes = (length: object) => fc.uint8Array(length).map((array) => Buffer.from(array));
  const attributes = fc.uniqueArray(fc.tuple(fc.nat(0xffff), bytes({ maxLength: 50 })), { selector: ([type]) => type });
  const classes = fc.constantFrom('request', 'indication', 'success', 'error' as const);
  fc.assert(
    fc.property(
      fc.nat(0xfff),
      classes,
      bytes({ minLength: 12, maxLength: 12 }),
      attributes,
      (method, kind, id, list) => {
        const message = decodeStun(encodeStun({ method, class: kind, transactionId: id, attributes: list }))!;
        assert.deepEqual([message.method, message.class], [method, kind]);
        assert.deepEqual([...message.attributes], list);
      },
    ),
  );
});

test('decoding any bytes never throws', () => {
  const start = Buffer.from('010100002112a442', 'hex');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (tail, plausible) => {
      const datagram = plausible ? Buffer.concat([start, tail]) : Buffer.from(tail);
      if (plausible) datagram.writeUInt16BE(Math.max(0, datagram.length - 20), 2);
      const message = decodeStun(datagram);
      if (message === null) return;
      xorAddress(message, Attribute.XOR_MAPPED_ADDRESS);
      errorCode(message);
    }),
    { numRuns: 2000 },
  );
});
