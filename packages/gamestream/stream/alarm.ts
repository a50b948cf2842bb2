/** One timer that follows a pure core's `wakeAt`: it may ring early, never late by more than a timer's grain. */
export class Alarm {
  readonly #ring: () => void;
  #timer: NodeJS.Timeout | null = null;
  #armedFor = Number.POSITIVE_INFINITY;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Times are those of `performance.now()`. A later time than the armed one is left to the core's next answer. */
  set(at: number): void {
    if (at >= this.#armedFor) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#armedFor = at;
    this.#timer = setTimeout(() => this.#onTimer(), Math.max(1, Math.ceil(at - performance.now())));
  }

  /** For good. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#armedFor = Number.NEGATIVE_INFINITY;
  }

  #onTimer(): void {
    this.#timer = null;
    this.#armedFor = Number.POSITIVE_INFINITY;
    this.#ring();
  }
}
