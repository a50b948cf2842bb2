const INTERVAL_MS = 50;
/** Checks that a peer's own have triggered may come so much too early, since somebody waits for them. */
const TRIGGERED_EARLY_MS = 200;

/** One check in 50 ms on average, and at most five at once (RFC 8445 §14.2). Pure; times are monotonic ms. */
export class CheckPace {
  static readonly INTERVAL_MS = INTERVAL_MS;
  #nextAt = Number.NEGATIVE_INFINITY;

  get nextAt(): number {
    return this.#nextAt;
  }

  get nextTriggeredAt(): number {
    return this.#nextAt - TRIGGERED_EARLY_MS;
  }

  allows(now: number): boolean {
    return now >= this.nextAt;
  }

  allowsTriggered(now: number): boolean {
    return now >= this.nextTriggeredAt;
  }

  sent(now: number): void {
    this.#nextAt = Math.max(this.#nextAt, now) + INTERVAL_MS;
  }
}
