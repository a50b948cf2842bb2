import assert from 'node:assert/strict';

/** A token bucket: a burst of bytes at once, and then so many per millisecond. Pure; times are monotonic ms. */
export class ByteBucket {
  readonly #burst: number;
  #bytes: number;
  #at = Number.NEGATIVE_INFINITY;

  constructor(burst: number) {
    this.#burst = burst;
    this.#bytes = burst;
  }

  /** What may be sent now, at this many bytes per ms since the last call. A clock that goes back grants nothing. */
  available(now: number, perMs: number): number {
    if (now > this.#at) {
      this.#bytes = Math.min(this.#burst, this.#bytes + (now - this.#at) * perMs);
      this.#at = now;
    }
    return this.#bytes;
  }

  /** When that many may be sent, as of the last call. */
  readyAt(bytes: number, perMs: number): number {
    return this.#at + Math.max(0, (bytes - this.#bytes) / perMs);
  }

  /** No more than is available. */
  spend(bytes: number): void {
    this.#bytes -= bytes;
    // Sums of fractions are slightly off.
    assert.ok(this.#bytes > -1e-3, 'more was sent than was available');
  }
}
