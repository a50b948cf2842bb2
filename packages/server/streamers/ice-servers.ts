import { createHmac } from 'node:crypto';
import type { IceServer } from '@moonshare/contract';

export interface TurnOptions {
  urls: readonly string[];
  /** coturn's `static-auth-secret`. */
  secret: string;
  lifetimeSeconds: number;
}

/** STUN and TURN servers, for the streamer and for each browser. */
export class IceServers {
  readonly #fixed: readonly IceServer[];
  readonly #turn: TurnOptions | null;

  constructor(fixed: readonly IceServer[], turn: TurnOptions | null) {
    this.#fixed = fixed;
    this.#turn = turn;
  }

  /** A relay on the browser’s side also reaches a streamer behind NAT, so the streamer needs no credentials that expire. */
  forStreamer(): IceServer[] {
    return [...this.#fixed];
  }

  /** With separate TURN credentials if there is a secret to create them. `now`: wall clock, ms. */
  forPeer(peerId: string, now: number): IceServer[] {
    if (this.#turn === null) return [...this.#fixed];
    const { urls, secret, lifetimeSeconds } = this.#turn;
    const credentials = turnCredentials({ secret, user: peerId, expiresAt: Math.floor(now / 1000) + lifetimeSeconds });
    return [...this.#fixed, { urls: [...urls], ...credentials }];
  }
}

/** Time-limited credentials as accepted by coturn’s `use-auth-secret`. `expiresAt`: seconds since 1970. */
export function turnCredentials({ secret, user, expiresAt }: { secret: string; user: string; expiresAt: number }): {
  username: string;
  credential: string;
} {
  const username = `${expiresAt}:${user}`;
  return { username, credential: createHmac('sha1', secret).update(username).digest('base64') };
}
