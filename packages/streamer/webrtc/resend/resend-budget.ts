/** Bytes a viewer may always have resent, and the share of what it is sent anyway that it earns. */
const START = 128 * 1024;
const CAP = 512 * 1024;
const EARNED = 0.5;

/** Keeps a viewer with a bad line, or a bad will, from multiplying what it is sent. */
export class ResendBudget {
  #bytes = START;

  earn(sentBytes: number): void {
    this.#bytes = Math.min(CAP, this.#bytes + sentBytes * EARNED);
  }

  /** false: not now. */
  spend(bytes: number): boolean {
    if (bytes > this.#bytes) return false;
    this.#bytes -= bytes;
    return true;
  }
}
