import { domainToASCII } from 'node:url';

/** An address as URLs and messages need it. */
export function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** Without the zone of a scoped IPv6 address: an interface of this machine means nothing to others (RFC 6874 §3). */
export function withoutZone(address: string): string {
  return address.replace(/%.*$/, '');
}

/** `192.0.2.1` for `::ffff:192.0.2.1`, which dual-stack sockets report; anything else unchanged. */
export function unmapped(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** For HTTP: ASCII, whatever script the name is written in. */
export function hostHeader(address: string, port: number): string {
  const name = /^[\x21-\x7e]*$/.test(address) ? address : domainToASCII(address);
  return `${bracketed(withoutZone(name))}:${port}`;
}
