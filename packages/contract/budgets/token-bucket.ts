import { invariant } from '../invariant.ts';

/** Allows a burst at once, and so much per millisecond. Pure; times are monotonic ms. */
export class TokenBucket {
  readonly #burst: number;
  #tokens: number;
  #at = Number.NEGATIVE_INFINITY;

  constructor(burst: number) {
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** What may be spent now, at this many tokens per ms since the last call. A clock that goes back grants nothing. */
  available(now: number, perMs: number): number {
    if (now > this.#at) {
      // Before the first call it is full; endless time by a rate of 0 would be no number.
      if (this.#at !== Number.NEGATIVE_INFINITY)
        this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * perMs);
      this.#at = now;
    }
    return this.#tokens;
  }

  /** When that many may be spent, as of the last call. */
  readyAt(tokens: number, perMs: number): number {
    return tokens <= this.#tokens ? this.#at : this.#at + (tokens - this.#tokens) / perMs;
  }

  /** No more than is available. */
  spend(tokens: number): void {
    this.#tokens -= tokens;
    // Sums of fractions are slightly off.
    invariant(this.#tokens > -1e-3, 'more was spent than was available');
  }
}
