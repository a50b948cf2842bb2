import { randomBytes } from 'node:crypto';
import type { PeerSession } from './peer-session.ts';

/** So long a peer that went without a word is expected back. The streamer keeps what it held a little longer. */
const EXPECTED_MS = 3_000;
/** More than can go at once without a word. */
const MAX_GONE = 64;

interface ResumeToken {
  peer: PeerSession;
  /** When it is too late, monotonic ms; Infinity while it is here. */
  until: number;
}

/** By what right somebody is here. */
export type Right = Pick<PeerSession, 'role' | 'origin' | 'grants'>;

/**
 * Tells browsers that come back from all others, by a secret that each has for its next visit, once. It lets in as well, by the
 * right that it was here by: requests for another token may hang on a network that is gone. Pure; times are monotonic ms.
 */
export class ResumeTokens {
  readonly #tokens = new Map<string, ResumeToken>();

  /** The secret of a peer that is here now. */
  issue(peer: PeerSession): string {
    const token = randomBytes(32).toString('base64url');
    this.#tokens.set(token, { peer, until: Number.POSITIVE_INFINITY });
    return token;
  }

  /** By what right somebody with this secret was here; null: nobody lately. */
  right(token: string, now: number): Right | null {
    const known = this.#tokens.get(token);
    return known !== undefined && now < known.until ? known.peer : null;
  }

  /** Who comes back with this secret, once; null: nobody who was here lately by the same right and with the same role. */
  claim(token: string, as: Pick<PeerSession, 'role' | 'origin'>, now: number): PeerSession | null {
    const known = this.#tokens.get(token);
    if (known === undefined || !isSame(known.peer, as)) return null;
    this.#tokens.delete(token);
    return now < known.until ? known.peer : null;
  }

  /** It is gone; without a word it may come back for a moment. */
  gone(peerId: string, { mayReturn }: { mayReturn: boolean }, now: number): void {
    for (const [token, known] of this.#tokens) {
      if (known.peer.id === peerId && mayReturn) known.until = Math.min(known.until, now + EXPECTED_MS);
      else if (known.peer.id === peerId || now >= known.until) this.#tokens.delete(token);
    }
    const gone = [...this.#tokens].filter(([, { until }]) => until !== Number.POSITIVE_INFINITY);
    for (const [token] of gone.slice(0, Math.max(0, gone.length - MAX_GONE))) this.#tokens.delete(token);
  }
}

function isSame(a: Pick<PeerSession, 'role' | 'origin'>, b: Pick<PeerSession, 'role' | 'origin'>): boolean {
  return a.role === b.role && a.origin.user === b.origin.user && a.origin.linkId === b.origin.linkId;
}
