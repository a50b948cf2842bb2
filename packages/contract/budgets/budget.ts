import { TokenBucket } from './token-bucket.ts';

/** How much of one thing: a burst at once, and so much per second. */
export interface Allowance {
  burst: number;
  perSecond: number;
  /** How much surplus is dropped before the sender is removed; absent: surplus is only dropped. */
  patience?: number;
}

/** `surplus`: drop it; `persistent`: there has been too much surplus for too long. */
export type Spent = 'within' | 'surplus' | 'persistent';

/** One allowance and what is left of it. Pure; times are monotonic ms. */
export class Budget {
  readonly #allowance: Allowance;
  readonly #bucket: TokenBucket;
  /** Refused recently; forgiven at a quarter of the rate. */
  #refused = 0;
  #at: number;

  constructor(allowance: Allowance, now: number) {
    this.#allowance = allowance;
    this.#bucket = new TokenBucket(allowance.burst);
    this.#at = now;
  }

  spend(cost: number, now: number): Spent {
    if (cost <= this.#refill(now)) {
      this.#bucket.spend(cost);
      return 'within';
    }
    const { patience = Number.POSITIVE_INFINITY } = this.#allowance;
    this.#refused = Math.min(patience + cost, this.#refused + cost);
    return this.#refused > patience ? 'persistent' : 'surplus';
  }

  /** What is left, as a share of the burst; surplus counts against it. */
  share(now: number): number {
    return (this.#refill(now) - this.#refused) / this.#allowance.burst;
  }

  /** What is left now. */
  #refill(now: number): number {
    const perMs = this.#allowance.perSecond / 1000;
    this.#refused = Math.max(0, this.#refused - (Math.max(0, now - this.#at) * perMs) / 4);
    this.#at = Math.max(this.#at, now);
    return this.#bucket.available(now, perMs);
  }
}
