import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownerKeys, ownerOf } from './owner.ts';

test('usage is charged to the address, for IPv6 to its /64, and to the link that was used', () => {
  assert.deepEqual(ownerKeys(ownerOf('::ffff:10.0.0.1', null)), ['address:10.0.0.1']);
  assert.deepEqual(ownerKeys(ownerOf('2001:db8:1:2:3::4', 5)), ['address:2001:db8:1:2::/64', 'link:5']);
});
