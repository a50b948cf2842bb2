import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { AddressSet, plainAddress } from '../auth/address.ts';

/** What the proxies in the settings report about a request; what anyone else reports is ignored. */
export class Proxies {
  readonly #trusted: AddressSet;
  readonly #userHeader: string | undefined;

  /** `trusted`: addresses and ranges. `userHeader`: in lower case; undefined accepts no user names from proxies. */
  constructor(trusted: readonly string[], userHeader: string | undefined) {
    this.#trusted = new AddressSet(trusted);
    this.#userHeader = userHeader;
  }

  /** Where the request came from: the last address in X-Forwarded-For that is not one of our proxies. */
  clientAddress(request: IncomingMessage): string {
    return this.#walk(request).address;
  }

  /** Where that address claims to have the request from: it may itself be a proxy unknown to us, or lying. */
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

  /** Whether this address is one of our proxies. */
  isOurs(address: string): boolean {
    return this.#trusted.has(address);
  }

  /** The browser used HTTPS, to this server or to one of our proxies. */
  isSecure(request: IncomingMessage): boolean {
    if (request.socket instanceof TLSSocket) return true;
    return this.#from(request) && headerValues(request.headers['x-forwarded-proto'])[0] === 'https';
  }

  /** The user's name according to one of our proxies. */
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

/** `10.0.0.1:4711` and `[::1]:4711` occur too. */
function withoutPort(hop: string): string {
  return /^\[([^\]]+)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([^:]+):\d+$/.exec(hop)?.[1] ?? hop;
}
