import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AddressSet, addressKey, addressRange, plainAddress } from './address.ts';

test('an IPv4 address is limited by itself, an IPv6 address by its /64', () => {
  for (const [address, key] of [
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8::1:2:3:4:5', '2001:db8:0:1::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['1:2:3::192.0.2.1', '1:2:3:0::/64'],
    ['', 'unknown'],
    ['box.example', 'unknown'],
    ['999.1.1.1', 'unknown'],
  ] as const) {
    assert.equal(addressKey(address), key, address);
  }
});

test('all addresses of a /64 have one key, and every address has one', () => {
  const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
  const four = fc.array(group, { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(four, four, four, (network, one, other) => {
      const [first, second] = [one, other].map((host) => addressKey([...network, ...host].join(':')));
      assert.equal(first, second);
    }),
  );
  fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => addressKey(address) !== 'unknown'));
  fc.assert(fc.property(fc.string(), (text) => addressKey(text).length > 0));
});

test('ranges contain their addresses, in whatever form these are written', () => {
  const set = new AddressSet(['10.0.0.0/8', '192.168.1.5', 'fd00::/8', 'nonsense']);
  for (const inside of ['10.1.2.3', '::ffff:10.1.2.3', '192.168.1.5', 'fd12::1']) assert.ok(set.has(inside), inside);
  for (const outside of ['11.0.0.1', '192.168.1.6', 'fe80::1', '', 'x']) assert.ok(!set.has(outside), outside);
  assert.equal(addressRange('10.0.0.0/33'), null);
  assert.equal(addressRange('10.0.0.0/'), null);
  assert.equal(addressRange('fd00::/129'), null);
  assert.equal(plainAddress(' ::FFFF:1.2.3.4 '), '1.2.3.4');
});
