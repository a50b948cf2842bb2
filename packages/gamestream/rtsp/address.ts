import { BlockList, isIPv4 } from 'node:net';
import { unmapped, withoutZone } from '../http/host-address.ts';

const LOCAL = new BlockList();
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
] as const) {
  LOCAL.addSubnet(net, bits, 'ipv4');
}
LOCAL.addSubnet('fe80::', 10, 'ipv6');
LOCAL.addSubnet('fec0::', 10, 'ipv6');
LOCAL.addSubnet('fc00::', 7, 'ipv6');

/** The test of protocol/1 §8.6: packets to a remote host are smaller. By this test 127.0.0.1 is remote. */
export function isRemoteAddress(address: string): boolean {
  const plain = unmapped(withoutZone(address));
  return !LOCAL.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
}
