import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPublicAddress } from './public-address.ts';

test('only addresses of the public Internet are public, however they are written', () => {
  for (const address of ['1.1.1.1', '172.32.0.1', '192.169.0.1', '2606:4700:4700::1111', '2a00:1450::1'])
    assert.ok(isPublicAddress(address), address);
  const own = ['127.0.0.1', '127.9.9.9', '0.0.0.0', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'];
  const special = [
    '169.254.169.254',
    '168.63.129.16',
    '100.64.0.1',
    '198.18.0.1',
    '192.0.2.1',
    '224.0.0.1',
    '255.255.255.255',
  ];
  const six = ['::', '::1', 'fe80::1', 'fe80::1%lo', 'fd00::1', 'ff02::1', '2001:db8::1', '2001::1', '3fff::1'];
  // IPv4 addresses in IPv6 ones: mapped, compatible, NAT64, 6to4.
  const inside = ['::ffff:127.0.0.1', '::ffff:7f00:1', '::127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::'];
  for (const address of [...own, ...special, ...six, ...inside, 'localhost', ''])
    assert.ok(!isPublicAddress(address), address);
});
