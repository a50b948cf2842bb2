import { addressBytes } from '../address.ts';

/** Of all networks: enough for many browsers at once, whose first request is a round trip away. */
const MAX_STRANGERS = 256;
/** Of one network: an office that joins together. */
const MAX_OF_NETWORK = 32;
/** Whoever has IPv6 has a network of this size to connect from. */
const NETWORK_BYTES = 8;

/** TCP connections that have not said yet to whom: bounded, and a network that opens too many loses its own. */
export class TcpStrangers {
  /** Oldest first, by network. */
  readonly #byNetwork = new Map<string, Set<number>>();
  #size = 0;

  /** One more, from this address. Returns the connection that has to go for it, or null. */
  add(connection: number, address: string): number | null {
    const network = networkOf(address);
    const own = this.#byNetwork.get(network) ?? new Set();
    own.add(connection);
    this.#byNetwork.set(network, own);
    this.#size += 1;
    if (own.size > MAX_OF_NETWORK) return this.#removeOldest(network, own);
    return this.#size > MAX_STRANGERS ? this.#removeOldest(...this.#largest()) : null;
  }

  /** It has ended, or said to whom. */
  remove(connection: number, address: string): void {
    const network = networkOf(address);
    const own = this.#byNetwork.get(network);
    if (own?.delete(connection) !== true) return;
    this.#size -= 1;
    if (own.size === 0) this.#byNetwork.delete(network);
  }

  #largest(): [network: string, connections: Set<number>] {
    return [...this.#byNetwork].reduce((largest, each) => (each[1].size > largest[1].size ? each : largest));
  }

  #removeOldest(network: string, own: Set<number>): number {
    const [oldest] = own;
    own.delete(oldest!);
    this.#size -= 1;
    if (own.size === 0) this.#byNetwork.delete(network);
    return oldest!;
  }
}

function networkOf(address: string): string {
  const bytes = addressBytes(address);
  return bytes?.length === 16 ? bytes.toString('hex', 0, NETWORK_BYTES) : address;
}
