import { MoonshareError } from '@moonshare/contract';

export interface ThrottleLimits {
  /** Failures in a row that cost nothing. */
  free: number;
  /** The wait after the next one; it doubles with each. */
  firstDelayMs: number;
  maxDelayMs: number;
  /** So long after the last failure all is forgotten. */
  forgetMs: number;
  /** Keys kept; beyond, the one whose last failure is longest ago is forgotten. */
  maxKeys: number;
}

/** RATE_LIMITED, and when to try again. */
export class RateLimitedError extends MoonshareError {
  readonly retryAfterSeconds: number;

  constructor(waitMs: number) {
    const seconds = Math.max(1, Math.ceil(waitMs / 1000));
    super('RATE_LIMITED', { hint: `Try again in ${seconds} s.` });
    this.retryAfterSeconds = seconds;
  }
}

interface Entry {
  failures: number;
  lastAt: number;
  blockedUntil: number;
}

/** Growing delays after failures, for each key (an address, a link). Pure: times in ms are arguments. */
export class Throttle {
  readonly #limits: ThrottleLimits;
  /** Oldest failure first. */
  readonly #entries = new Map<string, Entry>();

  constructor(limits: ThrottleLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * An attempt begins, and counts as failed until `succeed`: of many at once no more get through than one after the other.
   * Returns 0, or how long to wait, in which case it was none.
   */
  attempt(key: string, now: number): number {
    const { free, firstDelayMs, maxDelayMs, maxKeys } = this.#limits;
    const before = this.#find(key, now);
    if (before !== undefined && now < before.blockedUntil) return before.blockedUntil - now;
    const failures = (before?.failures ?? 0) + 1;
    const delay = failures <= free ? 0 : Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(failures - free - 1, 40));
    this.#entries.delete(key);
    this.#entries.set(key, { failures, lastAt: now, blockedUntil: now + delay });
    if (this.#entries.size > maxKeys) this.#entries.delete(this.#entries.keys().next().value!);
    return 0;
  }

  /** The attempt was right: it counts no more. What failed before it does: who knows one secret gets no free guesses at others. */
  succeed(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.failures--;
    entry.blockedUntil = 0;
    if (entry.failures === 0) this.#entries.delete(key);
  }

  #find(key: string, now: number): Entry | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && now - entry.lastAt < this.#limits.forgetMs ? entry : undefined;
  }
}
