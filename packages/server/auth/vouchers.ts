import { z } from 'zod';
import { openToken, signToken } from './signed-token.ts';
import { UsedTokens } from './used-tokens.ts';

/** In browsers that somebody has vouched for. */
export const VOUCHED_COOKIE = 'moonshare_vouched';

/** Who vouches for a browser. */
export interface Vouching {
  /** null: nobody in particular, with the shared credentials. */
  userId: number | null;
  /** The grants that must hold for it. */
  grants: string[];
}

/** The page that has the voucher opens it at once. */
const VOUCHER_SECONDS = 60;
/** As long as somebody works without logging in anew. */
export const VOUCHED_SECONDS = 12 * 3600;

const vouchingSchema = z.object({ userId: z.int().nullable(), grants: z.array(z.string()) });

/** A first party vouches for a browser: it gives it a voucher, which works once, and which the browser turns into a cookie. */
export class Vouchers {
  readonly #key: Uint8Array;
  readonly #used = new UsedTokens();

  /** `key`: at least 32 random bytes. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  issue({ userId, grants }: Vouching, now = Date.now()): Promise<{ token: string; expiresAt: Date }> {
    return signToken(this.#key, { kind: 'voucher', seconds: VOUCHER_SECONDS, claims: { userId, grants } }, now);
  }

  /** The value of the cookie, and who vouches; null if the voucher is not ours, has expired, or was used before. */
  async redeem(voucher: string, now = Date.now()): Promise<{ cookie: string; vouching: Vouching } | null> {
    const opened = await openToken(this.#key, 'voucher', voucher, now);
    const claims = vouchingSchema.safeParse(opened?.claims);
    if (opened === null || !claims.success || !this.#used.use(opened.id, opened.endsAt, now)) return null;
    const { userId, grants } = claims.data;
    const { token: cookie } = await signToken(
      this.#key,
      { kind: 'vouched-browser', seconds: VOUCHED_SECONDS, claims: { userId, grants } },
      now,
    );
    return { cookie, vouching: claims.data };
  }

  /** Who has vouched for the browser that has this cookie; null: nobody. */
  async vouching(cookie: string, now = Date.now()): Promise<Vouching | null> {
    const opened = await openToken(this.#key, 'vouched-browser', cookie, now);
    return vouchingSchema.safeParse(opened?.claims).data ?? null;
  }
}
