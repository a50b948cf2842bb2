/** How much of one thing: so much at once, and so much more each second. */
export interface Allowance {
  burst: number;
  perSecond: number;
  /** So much beyond it is dropped before whoever sends it is put out; absent: it is dropped and no more. */
  patience?: number;
}

/** `surplus`: it is to be dropped; `persistent`: it was too much for too long. */
export type Spent = 'within' | 'surplus' | 'persistent';

/** One allowance and what is left of it. Pure; times are monotonic ms. */
export class Budget {
  readonly #allowance: Allowance;
  #left: number;
  /** Refused lately; forgiven at a quarter of the rate. */
  #refused = 0;
  #at: number;

  constructor(allowance: Allowance, now: number) {
    this.#allowance = allowance;
    this.#left = allowance.burst;
    this.#at = now;
  }

  spend(cost: number, now: number): Spent {
    this.#refill(now);
    if (cost <= this.#left) {
      this.#left -= cost;
      return 'within';
    }
    const { patience = Number.POSITIVE_INFINITY } = this.#allowance;
    this.#refused = Math.min(patience + cost, this.#refused + cost);
    return this.#refused > patience ? 'persistent' : 'surplus';
  }

  /** What is left, as a share of all; surplus counts against it. */
  share(now: number): number {
    this.#refill(now);
    return (this.#left - this.#refused) / this.#allowance.burst;
  }

  #refill(now: number): void {
    const { burst, perSecond } = this.#allowance;
    const earned = (Math.max(0, now - this.#at) / 1000) * perSecond;
    this.#left = Math.min(burst, this.#left + earned);
    this.#refused = Math.max(0, this.#refused - earned / 4);
    this.#at = Math.max(this.#at, now);
  }
}
