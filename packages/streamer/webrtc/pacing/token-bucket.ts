import { invariant } from '@moonshare/contract';

/** So many bytes may leave at once, and so many more each millisecond. Pure; times are monotonic ms. */
export class TokenBucket {
  readonly #burst: number;
  #bytes: number;
  #at = Number.NEGATIVE_INFINITY;

  constructor(burst: number) {
    this.#burst = burst;
    this.#bytes = burst;
  }

  /** What may leave now, at this many bytes per ms since the last question. */
  available(now: number, rate: number): number {
    if (now > this.#at) {
      this.#bytes = Math.min(this.#burst, this.#bytes + (now - this.#at) * rate);
      this.#at = now;
    }
    return this.#bytes;
  }

  spend(bytes: number): void {
    this.#bytes -= bytes;
    invariant(this.#bytes >= 0, 'more leaves than may leave now');
  }
}
