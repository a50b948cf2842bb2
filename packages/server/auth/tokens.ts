import { randomUUID } from 'node:crypto';
import { type Role, roleSchema } from '@moonshare/contract';
import { SignJWT } from 'jose/jwt/sign';
import { jwtVerify } from 'jose/jwt/verify';
import { z } from 'zod';
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
  jti: z.string(),
  sub: z.string(),
  exp: z.number(),
  role: roleSchema,
  grants: z.array(z.string()),
  name: z.string().nullable().default(null),
});

/** Signed tokens (HS256), each for one streamer and role. A token of one kind is never accepted as the other. */
export class Tokens {
  readonly #key: Uint8Array;
  readonly #used = new UsedTokens();

  /** `key`: at least 32 random bytes. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  async issue(kind: TokenKind, grant: Grant, now = Date.now()): Promise<{ token: string; expiresAt: Date }> {
    const issuedAt = Math.floor(now / 1000);
    const expiresAt = issuedAt + LIFETIME[kind];
    const token = await new SignJWT({ role: grant.role, grants: grant.grants, name: grant.name })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(grant.streamerId)
      .setJti(randomUUID())
      .setAudience(kind)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(this.#key);
    return { token, expiresAt: new Date(expiresAt * 1000) };
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
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: ['HS256'],
        audience: kind,
        currentDate: new Date(now),
        requiredClaims: ['sub', 'exp', 'jti'],
      });
      const { jti, sub, exp, role, grants, name } = claimsSchema.parse(payload);
      return { id: jti, endsAt: exp * 1000, grant: { streamerId: sub, role, grants, name } };
    } catch {
      return null;
    }
  }
}
