import type { Endpoint } from '../address.ts';
import { nativeAddon } from '../native/load.ts';

/** Peers and addresses remembered; then it begins anew. */
const MOST = 1024;

/** Turns addresses of the addon's table into text, once for each peer rather than for each datagram. */
export class AddressBook {
  /** IPv4 by a number, which makes no garbage; IPv6 by text. */
  readonly #endpoints = new Map<number | string, Endpoint>();
  readonly #addresses = new Map<number | string, string>();

  /** `at`: family, port, and four words of the address. */
  endpoint(table: Uint32Array, at: number): Endpoint {
    const port = table[at + 1]!;
    const isV4 = table[at] === 4;
    const key = isV4 ? table[at + 2]! * 0x1_0000 + port : `${keyOf(table, at + 2)}:${port}`;
    const known = this.#endpoints.get(key);
    if (known !== undefined) return known;
    const endpoint = { address: this.address(table, at, at + 2), port };
    remember(this.#endpoints, key, endpoint);
    return endpoint;
  }

  /** The address whose four words are at `wordsAt`, of the family at `familyAt`. */
  address(table: Uint32Array, familyAt: number, wordsAt: number): string {
    const family = table[familyAt]!;
    const key = family === 4 ? table[wordsAt]! : keyOf(table, wordsAt);
    const known = this.#addresses.get(key);
    if (known !== undefined) return known;
    const [w0, w1, w2, w3] = table.subarray(wordsAt, wordsAt + 4);
    const address = nativeAddon().socketAddressText(family, w0!, w1!, w2!, w3!);
    remember(this.#addresses, key, address);
    return address;
  }
}

const keyOf = (table: Uint32Array, at: number): string =>
  `${table[at]},${table[at + 1]},${table[at + 2]},${table[at + 3]}`;

function remember<V>(map: Map<number | string, V>, key: number | string, value: V): void {
  if (map.size >= MOST) map.clear();
  map.set(key, value);
}
