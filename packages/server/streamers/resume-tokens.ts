import { randomBytes } from 'node:crypto';
import type { PeerSession } from './peer-session.ts';

/** How long a peer whose connection broke off is expected back. The streamer keeps what it held a little longer. */
const EXPECTED_MS = 3_000;
/** More than can break off at the same time. */
const MAX_GONE = 64;

interface ResumeToken {
  peer: PeerSession;
  /** Until when it is valid, monotonic ms; Infinity while the peer is here. */
  until: number;
}

/** What gives a viewer its access. */
export type Right = Pick<PeerSession, 'grantedRole' | 'origin' | 'grants'>;

/**
 * Recognizes browsers that come back, by a secret that each gets for its next visit and that works once. It also restores the
 * access they had: a request for another token may hang on a network that is gone. Pure; times are monotonic ms.
 */
export class ResumeTokens {
  readonly #tokens = new Map<string, ResumeToken>();

  /** The secret for a peer that is here now. */
  issue(peer: PeerSession): string {
    const token = randomBytes(32).toString('base64url');
    this.#tokens.set(token, { peer, until: Number.POSITIVE_INFINITY });
    return token;
  }

  /** The access of the viewer that had this secret; null: none recently. */
  right(token: string, now: number): Right | null {
    const known = this.#tokens.get(token);
    return known !== undefined && now < known.until ? known.peer : null;
  }

  /** The peer that comes back with this secret, once; null: no recent one with the same access and role. */
  claim(token: string, as: Pick<PeerSession, 'grantedRole' | 'origin'>, now: number): PeerSession | null {
    const known = this.#tokens.get(token);
    if (known === undefined || !isSame(known.peer, as)) return null;
    this.#tokens.delete(token);
    return now < known.until ? known.peer : null;
  }

  /** The peer has left; if its connection broke off, it may come back for a moment. */
  gone(peerId: string, { mayReturn }: { mayReturn: boolean }, now: number): void {
    for (const [token, known] of this.#tokens) {
      if (known.peer.id === peerId && mayReturn) known.until = Math.min(known.until, now + EXPECTED_MS);
      else if (known.peer.id === peerId || now >= known.until) this.#tokens.delete(token);
    }
    const gone = [...this.#tokens].filter(([, { until }]) => until !== Number.POSITIVE_INFINITY);
    for (const [token] of gone.slice(0, Math.max(0, gone.length - MAX_GONE))) this.#tokens.delete(token);
  }
}

function isSame(
  a: Pick<PeerSession, 'grantedRole' | 'origin'>,
  b: Pick<PeerSession, 'grantedRole' | 'origin'>,
): boolean {
  return a.grantedRole === b.grantedRole && a.origin.user === b.origin.user && a.origin.linkId === b.origin.linkId;
}
