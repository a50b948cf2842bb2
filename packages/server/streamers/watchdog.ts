/** A timer that is this late shows that this process was held up, and perhaps the whole machine. */
const LATE_MS = 1_000;

/** Calls back after a time of silence. Silence while this process itself did not run proves nothing. */
export class Watchdog {
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;

  /** `now`: monotonic ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** From now on, calls back once after `limitMs` of silence. */
  watch(limitMs: number, silent: () => void): void {
    clearTimeout(this.#timer);
    const dueAt = this.#now() + limitMs;
    this.#timer = setTimeout(() => {
      // Messages that arrived meanwhile have not been read yet: timers come first.
      if (this.#now() - dueAt > LATE_MS) this.watch(limitMs, silent);
      else silent();
    }, limitMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
