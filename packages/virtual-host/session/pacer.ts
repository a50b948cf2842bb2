/** Calls `tick` at a steady rate without drift. A late call does not delay the following ones; missed ticks are counted. */
export class Pacer {
  readonly #period: number;
  readonly #tick: () => void;
  #next = 0;
  #timer: NodeJS.Timeout | null = null;
  /** Ticks skipped because the process was late by more than a period. */
  missed = 0;

  /** `period` in ms, may be fractional. */
  constructor(period: number, tick: () => void) {
    this.#period = period;
    this.#tick = tick;
  }

  start(): void {
    if (this.#timer !== null) return;
    this.#next = performance.now();
    this.#schedule();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #schedule(): void {
    this.#timer = setTimeout(() => this.#fire(), Math.max(0, this.#next - performance.now()));
  }

  #fire(): void {
    const late = Math.floor((performance.now() - this.#next) / this.#period);
    if (late > 0) this.missed += late;
    this.#next += this.#period * (Math.max(0, late) + 1);
    this.#schedule();
    this.#tick();
  }
}
