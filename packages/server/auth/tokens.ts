import { type Role, roleSchema } from '@moonshare/contract';
import { jwtVerify, SignJWT } from 'jose';

/** `link` sits in the fragment of a link that people share; `socket` in the query of one WebSocket upgrade. */
export type TokenKind = 'link' | 'socket';

export interface Grant {
  streamerId: string;
  role: Role;
}

/** A socket token ends up in proxies' logs: it must be worthless soon. */
export const SOCKET_TOKEN_SECONDS = 60;
const LINK_TOKEN_SECONDS = 30 * 24 * 3600;

const LIFETIME: Record<TokenKind, number> = { link: LINK_TOKEN_SECONDS, socket: SOCKET_TOKEN_SECONDS };

/** Signed tokens (HS256), each for one streamer and role. A token of one kind is never accepted as the other. */
export class Tokens {
  readonly #key: Uint8Array;

  /** `key`: at least 32 random bytes. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  async issue(kind: TokenKind, grant: Grant, now = Date.now()): Promise<{ token: string; expiresAt: Date }> {
    const issuedAt = Math.floor(now / 1000);
    const expiresAt = issuedAt + LIFETIME[kind];
    const token = await new SignJWT({ role: grant.role })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(grant.streamerId)
      .setAudience(kind)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(this.#key);
    return { token, expiresAt: new Date(expiresAt * 1000) };
  }

  /** What the token grants, null if it is not ours, of another kind, or expired. */
  async verify(kind: TokenKind, token: string, now = Date.now()): Promise<Grant | null> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: ['HS256'],
        audience: kind,
        currentDate: new Date(now),
        requiredClaims: ['sub', 'exp'],
      });
      const role = roleSchema.safeParse(payload.role);
      return role.success && payload.sub !== undefined ? { streamerId: payload.sub, role: role.data } : null;
    } catch {
      return null;
    }
  }
}
