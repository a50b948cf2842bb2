import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { encryptionInUse, encryptionToAsk, isOwnAddress } from './host-encryption.ts';

const info = { netmask: '', mac: '', internal: false, cidr: null };
const INTERFACES = {
  eth0: [
    { ...info, family: 'IPv4' as const, address: '192.168.1.10' },
    { ...info, family: 'IPv6' as const, address: '2001:db8::10', scopeid: 0 },
    { ...info, family: 'IPv6' as const, address: 'fe80::1', scopeid: 2 },
  ],
  eth1: [{ ...info, family: 'IPv6' as const, address: 'fe80::2', scopeid: 3 }],
};

test('auto requests all that is offered unless the host is on this machine; the default is auto', () => {
  assert.equal(encryptionToAsk('auto', false), 'offered');
  assert.equal(encryptionToAsk('auto', true), 'demanded');
  assert.equal(encryptionToAsk(undefined, false), 'offered');
  assert.equal(encryptionToAsk(undefined, true), 'demanded');
  for (const isOneMachine of [true, false]) {
    assert.equal(encryptionToAsk('always', isOneMachine), 'all');
    assert.equal(encryptionToAsk('never', isOneMachine), 'demanded');
  }
});

test('loopback, unspecified and interface addresses are this machine, however they are written', () => {
  const own = ['127.0.0.1', '127.9.8.7', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', '0.0.0.0', '::'];
  const had = ['192.168.1.10', '::ffff:192.168.1.10', '2001:db8::10', '2001:DB8:0:0::10'];
  for (const address of [...own, ...had]) assert.equal(isOwnAddress(address, INTERFACES), true, address);
  for (const address of own) assert.equal(isOwnAddress(address, {}), true, address);
  for (const address of had) assert.equal(isOwnAddress(address, {}), false, address);
});

test('other addresses on the network are not this machine', () => {
  for (const address of [
    '192.168.1.11',
    '10.0.0.1',
    '126.255.255.255',
    '128.0.0.1',
    '2001:db8::11',
    'fe80::3%eth0',
    '',
  ]) {
    assert.equal(isOwnAddress(address, INTERFACES), false, address);
  }
});

test('a link-local address is this machine only on its own link', () => {
  assert.equal(isOwnAddress('fe80::1%eth0', INTERFACES), true);
  assert.equal(isOwnAddress('fe80::1%2', INTERFACES), true);
  assert.equal(isOwnAddress('fe80::1%eth1', INTERFACES), false);
  assert.equal(isOwnAddress('fe80::2%eth0', INTERFACES), false);
});

test('every address the system reports is this machine', () => {
  const all = Object.entries(networkInterfaces()).flatMap(([name, infos = []]) =>
    infos.map(({ address, scopeid }) => (scopeid === undefined || scopeid === 0 ? address : `${address}%${name}`)),
  );
  for (const address of all) assert.equal(isOwnAddress(address, networkInterfaces()), true, address);
});

test('the older control style is reported', () => {
  const both = { video: false, audio: true };
  const rest = { control: true, input: true, ...both };
  assert.deepEqual(encryptionInUse({ controlV2: true, ...both }), { ...rest, older_control: false });
  assert.deepEqual(encryptionInUse({ controlV2: false, ...both }), { ...rest, older_control: true });
});
