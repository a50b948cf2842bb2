import { MoonshareError } from '@moonshare/contract';
import type { Peer } from '../streamers/index.ts';

/** Sockets that have not said their credentials yet, all together, and how long each may take. */
const MAX_STRANGERS = 64;
const STRANGER_LIMIT_MS = 5_000;

/** Bounds what sockets without credentials can hold. */
export class Strangers {
  #count = 0;

  /** Counts this one and closes it in time. The returned function, called any number of times, says it is none any more. */
  add(peer: Pick<Peer, 'close'>): () => void {
    this.#count++;
    const timer = setTimeout(() => void peer.close(new MoonshareError('UNAUTHORIZED')), STRANGER_LIMIT_MS);
    let counted = true;
    if (this.#count > MAX_STRANGERS) void peer.close(new MoonshareError('RATE_LIMITED'));
    return () => {
      if (counted) this.#count--;
      counted = false;
      clearTimeout(timer);
    };
  }
}
