/** A 1000 Hz mouse, a keyboard and four pads at 250 Hz stay far below. */
const PER_SECOND = 4000;
const BURST = 8000;

/** How many messages a viewer may send. Pure: time is an argument, ms. */
export class MessageRate {
  #tokens = BURST;
  #at: number | null = null;

  /** false: this one is too many. */
  take(now: number): boolean {
    if (this.#at !== null) this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#at) / 1000) * PER_SECOND);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
