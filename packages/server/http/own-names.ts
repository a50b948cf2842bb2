import type { Socket } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { plainAddress } from '../auth/address.ts';
import { isLoopback } from '../loopback.ts';

/** Names that lead here. Callers choose the Host header: a link with a foreign name in it would send its secret elsewhere. */
export class OwnNames {
  readonly #names: ReadonlySet<string>;

  /** `names`: those in the settings, besides this machine's own name and addresses. */
  constructor(names: readonly string[]) {
    this.#names = new Set([hostname(), ...names].map((name) => name.toLowerCase()));
  }

  /** The host and port in a Host header if the name is ours, otherwise null. */
  of(host: string | undefined): string | null {
    const url = URL.parse(`http://${host}`);
    // Otherwise there was more in it than a name and a port.
    if (url === null || host === undefined || url.href !== `http://${url.host}/` || /[/?#@\\]/.test(host)) return null;
    return this.#has(url.hostname) ? url.host : null;
  }

  #has(name: string): boolean {
    if (isLoopback(name) || this.#names.has(name)) return true;
    const address = plainAddress(name.replace(/^\[|\]$/g, ''));
    if (address === null) return false;
    return Object.values(networkInterfaces()).some((all) => all?.some((one) => plainAddress(one.address) === address));
  }
}

/** The address and port of this machine that a connection has reached, as in a URL. */
export function connectedTo({ localAddress, localPort }: Socket): string {
  const address = plainAddress(localAddress ?? '') ?? '127.0.0.1';
  return `${address.includes(':') ? `[${address}]` : address}:${localPort}`;
}
