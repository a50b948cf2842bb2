import { backoffMs } from '@moonshare/contract';

export interface FailureLimits {
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
   * An attempt begins, and counts as failed until `succeed`: of many at once no more get through than one after the other.
   * Returns 0, or how long to wait, in which case it was none.
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

  /** Failures that are not forgotten yet. */
  failures(key: string, now: number): number {
    return this.#find(key, now)?.failures ?? 0;
  }

  /** An attempt begins that nobody keeps waiting; it counts as failed until `succeed`. */
  count(key: string, now: number): void {
    const { free, firstDelayMs, maxDelayMs, maxKeys } = this.#limits;
    const failures = this.failures(key, now) + 1;
    const delay = failures <= free ? 0 : backoffMs(failures - free, firstDelayMs, maxDelayMs);
    this.#entries.delete(key);
    this.#entries.set(key, { failures, lastAt: now, blockedUntil: now + delay });
    if (this.#entries.size > maxKeys) this.#entries.delete(this.#entries.keys().next().value!);
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
