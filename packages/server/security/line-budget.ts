const WINDOW_MS = 60_000;
/** Lines per minute, for one event from one address and in total: enough for fail2ban to count, too few to fill a disk. */
const PER_KEY = 20;
const IN_ALL = 600;

/** How many lines an attack may write. Pure: times in ms are arguments. */
export class LineBudget {
  /** Of the current window; never more keys than lines. */
  readonly #lines = new Map<string, number>();
  #written = 0;
  #suppressed = 0;
  #windowEnd = Number.NEGATIVE_INFINITY;

  /** Whether a line may be written, and how many were suppressed in the window before, reported once. */
  spend(key: string, now: number): { write: boolean; suppressedBefore: number } {
    const suppressedBefore = this.#turn(now);
    const lines = this.#lines.get(key) ?? 0;
    const write = lines < PER_KEY && this.#written < IN_ALL;
    if (write) {
      this.#lines.set(key, lines + 1);
      this.#written++;
    } else this.#suppressed++;
    return { write, suppressedBefore };
  }

  #turn(now: number): number {
    if (now < this.#windowEnd) return 0;
    const suppressed = this.#suppressed;
    this.#lines.clear();
    this.#written = 0;
    this.#suppressed = 0;
    this.#windowEnd = now + WINDOW_MS;
    return suppressed;
  }
}
