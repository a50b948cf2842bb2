const INITIAL_MS = 500;
/** Above the 200 ms that a receiver may delay its SACK. */
const MIN_MS = 400;
const MAX_MS = 10_000;

/** The retransmission timeout, RFC 9260 §6.3.1, with shorter limits: the path is known to work, since DTLS ran over it. */
export class RetransmissionTimeout {
  #smoothed: number | null = null;
  #variance = 0;
  #timeout = INITIAL_MS;

  get ms(): number {
    return this.#timeout;
  }

  get roundTripMs(): number | null {
    return this.#smoothed;
  }

  /** A round trip of something that was sent only once. */
  measured(ms: number): void {
    if (this.#smoothed === null) {
      this.#smoothed = ms;
      this.#variance = ms / 2;
    } else {
      this.#variance = 0.75 * this.#variance + 0.25 * Math.abs(this.#smoothed - ms);
      this.#smoothed = 0.875 * this.#smoothed + 0.125 * ms;
    }
    this.answered();
  }

  /** Something arrived: what the timeout grew by while nothing did is over. */
  answered(): void {
    if (this.#smoothed === null) return;
    this.#timeout = Math.min(MAX_MS, Math.max(MIN_MS, this.#smoothed + 4 * this.#variance));
  }

  /** Nothing was answered in time. */
  backOff(): void {
    this.#timeout = Math.min(MAX_MS, this.#timeout * 2);
  }
}
