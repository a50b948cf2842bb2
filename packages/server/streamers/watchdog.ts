/** A timer that is so late says that this process was held up, and with it perhaps everything on this machine. */
const LATE_MS = 1_000;

/** Calls back when nobody was heard for a while. Silence while this process did not run itself proves nothing. */
export class Watchdog {
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;

  /** `now`: monotonic ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** From now on it takes `limitMs` of silence, once. */
  watch(limitMs: number, silent: () => void): void {
    clearTimeout(this.#timer);
    const dueAt = this.#now() + limitMs;
    this.#timer = setTimeout(() => {
      // What was said meanwhile has not been read yet: timers come first.
      if (this.#now() - dueAt > LATE_MS) this.watch(limitMs, silent);
      else silent();
    }, limitMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
