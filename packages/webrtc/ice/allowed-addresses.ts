import { BlockList, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Never a peer elsewhere: this machine, link-local, multicast, or another address in disguise. */
const FORBIDDEN = addressList([
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
/** Private networks: the same address may be another machine here than at the peer. */
const PRIVATE = addressList([
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  'fc00::/7',
]);

/** The networks of all interfaces of this machine, such as `10.0.0.5/8`. */
export function localNetworks(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).flatMap(({ cidr }) => cidr ?? []));
}

/** Whether packets may be sent to this address on a peer's word, as `allows` of an `IceAgent`. `networks`: those this machine is in. */
export function isAllowedAddress(address: string, networks: readonly string[]): boolean {
  if (address.includes('%') || FORBIDDEN(address)) return false;
  return !PRIVATE(address) || addressList(networks)(address);
}

/** Separate lists by family: a BlockList matches every IPv4 address also as IPv4-mapped IPv6. */
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
