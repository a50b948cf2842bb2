import { type Role, roleSchema } from '@moonshare/contract';
import { z } from 'zod';
import { openToken, signToken } from './signed-token.ts';
import { UsedTokens } from './used-tokens.ts';

/** `socket` goes into the query of one WebSocket upgrade; `renewal` lets a page that used a link come back. */
export type TokenKind = 'socket' | 'renewal';

export interface Grant {
  streamerId: string;
  role: Role;
  /** The grants that must hold when it is used, and that end what it opened: `link:5`, `user:3.0`. */
  grants: string[];
  /** What its holder is called, if that is fixed. */
  name: string | null;
}

/** A socket token ends up in proxies' logs: so it works only once, and expires soon. */
export const SOCKET_TOKEN_SECONDS = 60;
/** The link itself usually ends sooner. */
const RENEWAL_SECONDS = 366 * 24 * 3600;

const LIFETIME: Record<TokenKind, number> = { socket: SOCKET_TOKEN_SECONDS, renewal: RENEWAL_SECONDS };

const claimsSchema = z.object({
  sub: z.string(),
  role: roleSchema,
  grants: z.array(z.string()),
  name: z.string().nullable().default(null),
});

/** Signed tokens, each for one streamer and role. A token of one kind is never accepted as the other. */
export class Tokens {
  readonly #key: Uint8Array;
  readonly #used = new UsedTokens();

  /** `key`: at least 32 random bytes. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  issue(kind: TokenKind, grant: Grant, now = Date.now()): Promise<{ token: string; expiresAt: Date }> {
    const { streamerId: sub, role, grants, name } = grant;
    return signToken(this.#key, { kind, seconds: LIFETIME[kind], claims: { sub, role, grants, name } }, now);
  }

  /** What the token grants; null if it is not ours, of another kind, or expired. */
  async verify(kind: TokenKind, token: string, now = Date.now()): Promise<Grant | null> {
    return (await this.#open(kind, token, now))?.grant ?? null;
  }

  /** Like `verify` for a socket token, but only the first time; null ever after. */
  async redeem(token: string, now = Date.now()): Promise<Grant | null> {
    const opened = await this.#open('socket', token, now);
    return opened !== null && this.#used.use(opened.id, opened.endsAt, now) ? opened.grant : null;
  }

  async #open(
    kind: TokenKind,
    token: string,
    now: number,
  ): Promise<{ id: string; endsAt: number; grant: Grant } | null> {
    const opened = await openToken(this.#key, kind, token, now);
    const claims = claimsSchema.safeParse(opened?.claims);
    if (opened === null || !claims.success) return null;
    const { sub, role, grants, name } = claims.data;
    return { id: opened.id, endsAt: opened.endsAt, grant: { streamerId: sub, role, grants, name } };
  }
}
