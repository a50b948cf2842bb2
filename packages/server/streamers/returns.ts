import { randomBytes } from 'node:crypto';
import type { Peer } from './peer.ts';

/** So long a peer that went without a word is expected back. The streamer keeps what it held a little longer. */
const EXPECTED_MS = 3_000;
/** More than can go at once without a word. */
const MAX_GONE = 64;

interface Ticket {
  peer: Peer;
  /** When it is too late, monotonic ms; Infinity while it is here. */
  until: number;
}

/** By what right somebody is here. */
export type Right = Pick<Peer, 'role' | 'origin' | 'grants'>;

/**
 * Tells browsers that come back from all others, by a secret that each has for its next visit, once. It lets in as well, by the
 * right that it was here by: requests for another token may hang on a network that is gone. Pure; times are monotonic ms.
 */
export class Returns {
  readonly #tickets = new Map<string, Ticket>();

  /** The secret of a peer that is here now. */
  issue(peer: Peer): string {
    const token = randomBytes(32).toString('base64url');
    this.#tickets.set(token, { peer, until: Number.POSITIVE_INFINITY });
    return token;
  }

  /** By what right somebody with this secret was here; null: nobody lately. */
  right(token: string, now: number): Right | null {
    const ticket = this.#tickets.get(token);
    return ticket !== undefined && now < ticket.until ? ticket.peer : null;
  }

  /** Who comes back with this secret, once; null: nobody who was here lately by the same right and with the same role. */
  claim(token: string, as: Pick<Peer, 'role' | 'origin'>, now: number): Peer | null {
    const ticket = this.#tickets.get(token);
    if (ticket === undefined || !isSame(ticket.peer, as)) return null;
    this.#tickets.delete(token);
    return now < ticket.until ? ticket.peer : null;
  }

  /** It is gone; without a word it may come back for a moment. */
  gone(peerId: string, { mayReturn }: { mayReturn: boolean }, now: number): void {
    for (const [token, ticket] of this.#tickets) {
      if (ticket.peer.id === peerId && mayReturn) ticket.until = Math.min(ticket.until, now + EXPECTED_MS);
      else if (ticket.peer.id === peerId || now >= ticket.until) this.#tickets.delete(token);
    }
    const gone = [...this.#tickets].filter(([, { until }]) => until !== Number.POSITIVE_INFINITY);
    for (const [token] of gone.slice(0, Math.max(0, gone.length - MAX_GONE))) this.#tickets.delete(token);
  }
}

function isSame(a: Pick<Peer, 'role' | 'origin'>, b: Pick<Peer, 'role' | 'origin'>): boolean {
  return a.role === b.role && a.origin.user === b.origin.user && a.origin.linkId === b.origin.linkId;
}
