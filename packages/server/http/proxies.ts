import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { AddressSet, plainAddress } from '../auth/address.ts';

/** What the proxies of the settings say of a request; what anybody else says is not heard. */
export class Proxies {
  readonly #trusted: AddressSet;
  readonly #userHeader: string | undefined;

  /** `trusted`: addresses and ranges. `userHeader`: lower case; undefined takes no user's name from a proxy. */
  constructor(trusted: readonly string[], userHeader: string | undefined) {
    this.#trusted = new AddressSet(trusted);
    this.#userHeader = userHeader;
  }

  /** Where the request began: the last address in X-Forwarded-For that is no proxy of ours. */
  clientAddress(request: IncomingMessage): string {
    return this.#walk(request).address;
  }

  /** What that address says of where it has it from, itself a proxy that nobody has told us of, or a liar. */
  claimedAddress(request: IncomingMessage): string | null {
    const { hops } = this.#walk(request);
    return plainAddress(withoutPort(hops.at(-1) ?? ''));
  }

  #walk(request: IncomingMessage): { address: string; hops: string[] } {
    const hops = headerValues(request.headers['x-forwarded-for']);
    let address = request.socket.remoteAddress ?? '';
    while (this.#trusted.has(address)) {
      const before = plainAddress(withoutPort(hops.pop() ?? ''));
      if (before === null) break;
      address = before;
    }
    return { address, hops };
  }

  /** It is a proxy of ours that connects to us. */
  isOurs(address: string): boolean {
    return this.#trusted.has(address);
  }

  /** The browser came by HTTPS, to here or to a proxy of ours. */
  isSecure(request: IncomingMessage): boolean {
    if (request.socket instanceof TLSSocket) return true;
    return this.#from(request) && headerValues(request.headers['x-forwarded-proto'])[0] === 'https';
  }

  /** The name that a proxy of ours gives the user. */
  user(request: IncomingMessage): string | null {
    if (this.#userHeader === undefined || !this.#from(request)) return null;
    const value = request.headers[this.#userHeader];
    return typeof value === 'string' && value !== '' ? value : null;
  }

  #from(request: IncomingMessage): boolean {
    return this.isOurs(request.socket.remoteAddress ?? '');
  }
}

function headerValues(header: string | string[] | undefined): string[] {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  return text
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

/** `10.0.0.1:4711` and `[::1]:4711` are seen too. */
function withoutPort(hop: string): string {
  return /^\[([^\]]+)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([^:]+):\d+$/.exec(hop)?.[1] ?? hop;
}
