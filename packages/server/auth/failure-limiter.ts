import { backoffMs } from '@moonshare/contract';

export interface FailureLimits {
  /** Failures in a row that cause no wait. */
  free: number;
  /** The wait after the next failure; it doubles with each further one. */
  firstDelayMs: number;
  maxDelayMs: number;
  /** This long after the last failure everything is forgotten. */
  forgetMs: number;
  /** Keys kept; beyond that the one with the oldest last failure is forgotten. */
  maxKeys: number;
}

interface Entry {
  failures: number;
  lastAt: number;
  blockedUntil: number;
}

/** Growing delays after failures, for each key (an address, a link). Pure: times in ms are arguments. */
export class FailureLimiter {
  readonly #limits: FailureLimits;
  /** Oldest failure first. */
  readonly #entries = new Map<string, Entry>();

  constructor(limits: FailureLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * Begins an attempt, which counts as failed until `succeed`: of many at once, no more get through than one after another.
   * Returns 0, or how long to wait, in which case it did not count as an attempt.
   */
  attempt(key: string, now: number): number {
    const wait = this.wait(key, now);
    if (wait === 0) this.count(key, now);
    return wait;
  }

  /** How long to wait before the next attempt. */
  wait(key: string, now: number): number {
    return Math.max(0, (this.#find(key, now)?.blockedUntil ?? now) - now);
  }

  /** Failures that have not been forgotten yet. */
  failures(key: string, now: number): number {
    return this.#find(key, now)?.failures ?? 0;
  }

  /** Begins an attempt that is not made to wait; it counts as failed until `succeed`. */
  count(key: string, now: number): void {
    const { free, firstDelayMs, maxDelayMs, maxKeys } = this.#limits;
    const failures = this.failures(key, now) + 1;
    const delay = failures <= free ? 0 : backoffMs(failures - free, firstDelayMs, maxDelayMs);
    this.#entries.delete(key);
    this.#entries.set(key, { failures, lastAt: now, blockedUntil: now + delay });
    if (this.#entries.size > maxKeys) this.#entries.delete(this.#entries.keys().next().value!);
  }

  /** The attempt was right and no longer counts. Earlier failures still do: knowing one secret gives no free guesses at others. */
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
