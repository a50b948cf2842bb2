import { background, MoonshareError } from '@moonshare/contract';
import type { Logger } from 'pino';
import { addressKey } from '../auth/address.ts';
import { LimitError } from '../auth/limit-error.ts';
import { FairSlots } from '../limits/fair-slots.ts';
import type { PeerSocket } from './peer-socket.ts';

/** How many sockets may be without credentials, per address and in total, and for how long. */
const MAX_STRANGERS = { perKey: 32, total: 64 };
const STRANGER_LIMIT_MS = 5_000;

/** Limits what sockets without credentials can hold. */
export class PendingConnections {
  readonly #slots = new FairSlots<PeerSocket>(MAX_STRANGERS);
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Counts this socket and closes it in time. The returned function ends both; it may be called any number of times. */
  add(peer: PeerSocket, address: string): () => void {
    const timer = setTimeout(() => this.#end(peer, new MoonshareError('UNAUTHORIZED')), STRANGER_LIMIT_MS);
    const leaving = this.#slots.add(peer, addressKey(address));
    if (leaving !== null) this.#end(leaving, new LimitError('RATE_LIMITED', 'strangers'));
    return () => {
      this.#slots.delete(peer);
      clearTimeout(timer);
    };
  }

  #end(peer: PeerSocket, error: MoonshareError): void {
    background(peer.close(error), this.#log);
  }
}
