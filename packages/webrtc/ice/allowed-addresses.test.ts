import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isAllowedAddress } from './allowed-addresses.ts';

it("on a peer's word, public addresses may be sent to, and private ones of our own networks", () => {
  const networks = ['10.1.2.3/16', 'fd00::5/64', '127.0.0.1/8', 'fe80::5/64'];
  for (const address of ['203.0.113.9', '10.1.200.1', '2003:db8::1', 'fd00::77'])
    assert.ok(isAllowedAddress(address, networks), address);
  for (const address of [
    '10.2.0.1',
    '192.168.1.1',
    '127.0.0.1',
    '169.254.169.254',
    'fe80::1',
    'fd00:0:0:1::1',
    '::ffff:10.1.0.1',
  ])
    assert.ok(!isAllowedAddress(address, networks), address);
});
