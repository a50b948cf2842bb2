const SPAN_MS = 1000;

/** Bytes of the last one to two seconds. Pure; times are monotonic ms. */
export class RecentBytes {
  #span = 0;
  #current = 0;
  #previous = 0;

  add(bytes: number, now: number): void {
    this.#turn(now);
    this.#current += bytes;
  }

  total(now: number): number {
    this.#turn(now);
    return this.#current + this.#previous;
  }

  /** Bytes per millisecond, on average. */
  rate(now: number): number {
    return this.total(now) / (SPAN_MS + (now % SPAN_MS));
  }

  #turn(now: number): void {
    const span = Math.floor(now / SPAN_MS);
    if (span === this.#span) return;
    this.#previous = span === this.#span + 1 ? this.#current : 0;
    this.#current = 0;
    this.#span = span;
  }
}
