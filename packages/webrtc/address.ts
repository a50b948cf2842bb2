import { isIPv4, isIPv6 } from 'node:net';

/** An IP address as text, without a zone, and a port. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** The 4 or 16 bytes of an address; null if it is a name or has a zone. */
export function addressBytes(text: string): Buffer | null {
  if (isIPv4(text)) return Buffer.from(text.split('.').map(Number));
  if (!isIPv6(text) || text.includes('%')) return null;
  const bytes = Buffer.alloc(16);
  const [head, tail] = withHexEnd(text)
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':')));
  head!.forEach((group, i) => {
    bytes.writeUInt16BE(Number.parseInt(group, 16), 2 * i);
  });
  tail?.forEach((group, i) => {
    bytes.writeUInt16BE(Number.parseInt(group, 16), 16 - 2 * (tail.length - i));
  });
  return bytes;
}

/** The text of 4 or 16 bytes, in the one form that RFC 5952 allows, so that equal addresses are equal strings. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, 16);
  if (view.readUIntBE(0, 6) === 0 && view.readUIntBE(6, 6) === 0xffff) return `::ffff:${view.subarray(12).join('.')}`;
  const groups = Array.from({ length: 8 }, (_, i) => view.readUInt16BE(2 * i));
  const gap = longestZeros(groups);
  const text = (part: number[]) => part.map((group) => group.toString(16)).join(':');
  if (gap.length < 2) return text(groups);
  return `${text(groups.slice(0, gap.start))}::${text(groups.slice(gap.start + gap.length))}`;
}

/** The same address in the form of `addressText`; null if it is none. */
export function canonicalAddress(text: string): string | null {
  const bytes = addressBytes(text);
  return bytes === null ? null : addressText(bytes);
}

/** `::1.2.3.4` as `::102:304`. */
function withHexEnd(text: string): string {
  const at = text.lastIndexOf(':') + 1;
  if (!text.includes('.')) return text;
  const [a, b, c, d] = text.slice(at).split('.').map(Number);
  return `${text.slice(0, at)}${((a! << 8) | b!).toString(16)}:${((c! << 8) | d!).toString(16)}`;
}

/** The first of the longest runs. */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (start + length < groups.length && groups[start + length] === 0) length++;
    if (length > longest.length) longest = { start, length };
  }
  return longest;
}
