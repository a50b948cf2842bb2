/** How much one socket may say: a burst, then a steady rate. Larger messages cost more. */
export class RateBudget {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #at: number;

  constructor(limits: { burst: number; perSecond: number }, now: number) {
    this.#burst = limits.burst;
    this.#perSecond = limits.perSecond;
    this.#left = limits.burst;
    this.#at = now;
  }

  /** Whether `cost` was still in the budget at `now`, milliseconds. */
  spend(cost: number, now: number): boolean {
    this.#left = Math.min(this.#burst, this.#left + ((now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
    if (cost > this.#left) return false;
    this.#left -= cost;
    return true;
  }
}
