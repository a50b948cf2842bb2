import { FailureLimiter } from '../auth/failure-limiter.ts';
import { type LimitName, RateLimitedError } from '../auth/limit-error.ts';
import { LoginLimiter } from '../auth/login-limiter.ts';

const MINUTE = 60_000;
const COMMON = { firstDelayMs: 1000, maxDelayMs: 10 * MINUTE, forgetMs: 30 * MINUTE, maxKeys: 10_000 };

/** Growing delays after wrong passwords, PINs and tokens. */
export class RateLimiters {
  readonly logins = new LoginLimiter();
  /** The shared credentials in a Bearer header; short, since programs retry by themselves. */
  readonly credentials = {
    strange: new FailureLimiter({ ...COMMON, free: 20, maxDelayMs: MINUTE / 2 }),
    shown: new FailureLimiter({ ...COMMON, free: 40, maxDelayMs: MINUTE / 2 }),
  };
  /** The shared credentials in an AuthenticateAndInit. */
  readonly socketLogins = {
    strange: new FailureLimiter({ ...COMMON, free: 20 }),
    shown: new FailureLimiter({ ...COMMON, free: 40, maxDelayMs: MINUTE / 2 }),
  };
  readonly #limiters = {
    /** By address. */
    pins: new FailureLimiter({ ...COMMON, free: 5 }),
    /** By link, whoever guesses; short, so that one guesser does not keep others out for long. */
    'link-pins': new FailureLimiter({ ...COMMON, free: 10, maxDelayMs: MINUTE }),
    /** By address. */
    joins: new FailureLimiter({ ...COMMON, free: 20 }),
  } satisfies Partial<Record<LimitName, FailureLimiter>>;

  /**
   * Begins an attempt that counts for all of these keys, as failed until the returned function is called. Throws RATE_LIMITED, in
   * which case it did not count.
   */
  begin(keys: Partial<Record<'pins' | 'link-pins' | 'joins', string>>, now = performance.now()): () => void {
    const steps = (Object.keys(keys) as (keyof typeof keys)[]).map((limit) => ({
      limit,
      limiter: this.#limiters[limit],
      key: keys[limit]!,
    }));
    for (const { limit, limiter, key } of steps) {
      const wait = limiter.wait(key, now);
      if (wait > 0) throw new RateLimitedError(wait, limit);
    }
    for (const { limiter, key } of steps) limiter.count(key, now);
    return () => {
      for (const { limiter, key } of steps) limiter.succeed(key);
    };
  }
}
