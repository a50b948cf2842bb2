import { FailureLimiter } from './failure-limiter.ts';
import { RateLimitedError } from './limit-error.ts';

const MINUTE = 60_000;
const COMMON = { firstDelayMs: 1000, forgetMs: 30 * MINUTE, maxKeys: 10_000 };
/** After this many failures at one account from anywhere, each address gets one free attempt there instead of five. */
const ATTACKED = 10;
/** Pairs of account and address that have logged in; beyond that the oldest is forgotten. */
const MAX_FAMILIAR = 10_000;

/**
 * Wrong passwords make the next attempt wait: per address, and per account wherever the attempts come from. Yet nobody can lock
 * others out: an address's first attempt at an account is always checked, whatever others do there (up to a thousand failures),
 * and for a browser or address from which that user has logged in before, only its own failures count.
 */
export class LoginLimiter {
  /** By address. */
  readonly #addresses = new FailureLimiter({ ...COMMON, free: 5, maxDelayMs: 10 * MINUTE });
  /** By account. */
  readonly #accounts = new FailureLimiter({ ...COMMON, free: 1000, maxDelayMs: MINUTE / 2 });
  /** By account and address, while the account is attacked. */
  readonly #strangers = new FailureLimiter({ ...COMMON, free: 1, firstDelayMs: 10_000, maxDelayMs: 10 * MINUTE });
  /** By whatever makes the caller familiar. */
  readonly #familiar = new FailureLimiter({ ...COMMON, free: 5, maxDelayMs: 10 * MINUTE });
  readonly #known = new Set<string>();

  /**
   * Begins an attempt, which counts as failed until the returned function is called. `address`: its key. `device`: a browser or session
   * in which the user has logged in before. `familiar`: whether there is such a thing. Throws RATE_LIMITED.
   */
  begin(
    options: { user: string; address: string; device: string | null },
    now = performance.now(),
  ): { familiar: boolean; succeed: () => void } {
    const account = options.user.toLowerCase();
    const here = `${account} ${options.address}`;
    const familiar = options.device ?? (this.#known.has(here) ? here : null);
    const steps =
      familiar === null ? this.#strange(account, options.address, here) : [{ by: this.#familiar, key: familiar }];
    const attacked = this.#accounts.failures(account, now) >= ATTACKED;
    const wait = Math.max(
      ...steps.filter(({ by }) => by !== this.#strangers || attacked).map(({ by, key }) => by.wait(key, now)),
    );
    if (wait > 0) throw new RateLimitedError(wait, 'logins');
    for (const { by, key } of steps) by.count(key, now);
    return {
      familiar: familiar !== null,
      succeed: () => {
        for (const { by, key } of steps) by.succeed(key);
        this.#known.add(here);
        if (this.#known.size > MAX_FAMILIAR) this.#known.delete(this.#known.values().next().value!);
      },
    };
  }

  #strange(account: string, address: string, here: string): { by: FailureLimiter; key: string }[] {
    return [
      { by: this.#addresses, key: address },
      { by: this.#accounts, key: account },
      { by: this.#strangers, key: here },
    ];
  }
}
