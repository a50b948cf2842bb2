import { RecentBytes } from '../pacing/recent-bytes.ts';

/** Bytes a viewer may have resent whatever it was sent. */
const LEAST = 128 * 1024;

/** Keeps a viewer with a bad line, or a bad will, from multiplying what it is sent: lately resent is no more than lately sent. */
export class ResendBudget {
  readonly #sent = new RecentBytes();
  readonly #resent = new RecentBytes();

  earn(sentBytes: number, now: number): void {
    this.#sent.add(sentBytes, now);
  }

  /** false: not now. */
  spend(bytes: number, now: number): boolean {
    if (this.#resent.total(now) + bytes > LEAST + this.#sent.total(now)) return false;
    this.#resent.add(bytes, now);
    return true;
  }
}
