import { BlockList, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Nobody can be there whom packets could reach from elsewhere: this machine, one cable, many at once, or an address in disguise. */
const NEVER = addressList([
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96',
  '::ffff:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '2001::/32',
  '2002::/16',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]);
/** Of somebody's own network, which may be another one here than it is there. */
const PRIVATE = addressList([
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  'fc00::/7',
]);

/** Of all interfaces of this machine: `10.0.0.5/8`. */
export function localNetworks(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).flatMap(({ cidr }) => cidr ?? []));
}

/** Whether packets may be sent to this address because a browser says so. `networks`: those that this machine is in. */
export function isAllowedAddress(address: string, networks: readonly string[]): boolean {
  if (address.includes('%') || NEVER(address)) return false;
  return !PRIVATE(address) || addressList(networks)(address);
}

/** By family: a list takes every IPv4 address as one that is mapped into IPv6. */
function addressList(networks: readonly string[]): (address: string) => boolean {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const network of networks) {
    const [address, bits] = network.split('/');
    const family = familyOf(address!);
    lists[family].addSubnet(address!, Number(bits), family);
  }
  return (address) => lists[familyOf(address)].check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6';
}
