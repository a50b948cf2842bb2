import { RateLimitedError, Throttle } from '../auth/index.ts';

const MINUTE = 60_000;
const COMMON = { firstDelayMs: 1000, maxDelayMs: 10 * MINUTE, forgetMs: 30 * MINUTE, maxKeys: 10_000 };

/** Growing delays after wrong passwords, PINs and tokens. */
export class AttemptLimits {
  /** By address. */
  readonly logins = new Throttle({ ...COMMON, free: 5 });
  readonly pins = new Throttle({ ...COMMON, free: 5 });
  /** The shared credentials in a Bearer header, by address; short, as programs try again by themselves. */
  readonly credentials = new Throttle({ ...COMMON, free: 20, maxDelayMs: MINUTE / 2 });
  /** The shared credentials in an AuthenticateAndInit. */
  readonly socketLogins = new Throttle({ ...COMMON, free: 20 });
  readonly joins = new Throttle({ ...COMMON, free: 20 });
  /** By link, whoever guesses; short, as one who guesses must not keep the others out for long. */
  readonly linkPins = new Throttle({ ...COMMON, free: 10, maxDelayMs: MINUTE });
}

/** An attempt begins. Throws RATE_LIMITED. The returned function says that it was right. */
export function begin(throttle: Throttle, key: string, now = performance.now()): () => void {
  const wait = throttle.attempt(key, now);
  if (wait > 0) throw new RateLimitedError(wait);
  return () => throttle.succeed(key);
}
