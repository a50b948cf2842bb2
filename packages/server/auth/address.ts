import { BlockList, isIP, isIPv4 } from 'node:net';
import { unmapped, withoutZone } from '@moonshare/gamestream';

/** `10.0.0.1` for `::ffff:10.0.0.1`, without a zone; null if it is not an address. */
export function plainAddress(text: string): string | null {
  const address = unmapped(withoutZone(text.trim()));
  return isIP(address) === 0 ? null : address;
}

/** What limits count as one caller: an IPv4 address, or an IPv6 /64, which is what one connection gets. */
export function addressKey(text: string): string {
  const address = plainAddress(text);
  if (address === null) return 'unknown';
  return isIPv4(address) ? address : `${groups(address).slice(0, 4).join(':')}::/64`;
}

/** The eight groups of a valid IPv6 address, without leading zeros. */
function groups(address: string): string[] {
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const [a = 0, b = 0, c = 0, d = 0] = (dotted ?? []).slice(1).map(Number);
  const text = dotted === null ? address : address.replace(dotted[0], `${hex(a * 256 + b)}:${hex(c * 256 + d)}`);
  const [head = '', tail] = text.split('::');
  const list = (part: string | undefined) => (part === undefined || part === '' ? [] : part.split(':'));
  const [first, last] = [list(head), list(tail)];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0');
  return [...first, ...zeros, ...last].map((group) => hex(Number.parseInt(group, 16)));
}

function hex(value: number): string {
  return value.toString(16);
}

/** `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`; null for anything else. */
export function addressRange(text: string): { address: string; bits: number; family: 'ipv4' | 'ipv6' } | null {
  const match = /^([^/]+?)(?:\/(\d{1,3}))?$/.exec(text.trim());
  const address = plainAddress(match?.[1] ?? '');
  if (match === null || address === null) return null;
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  const most = family === 'ipv4' ? 32 : 128;
  const bits = match[2] === undefined ? most : Number(match[2]);
  return bits <= most ? { address, bits, family } : null;
}

/** Addresses and ranges, as listed in the settings. */
export class AddressSet {
  readonly #list = new BlockList();

  constructor(ranges: readonly string[]) {
    for (const text of ranges) {
      const range = addressRange(text);
      if (range !== null) this.#list.addSubnet(range.address, range.bits, range.family);
    }
  }

  has(text: string): boolean {
    const address = plainAddress(text);
    return address !== null && this.#list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
  }
}
