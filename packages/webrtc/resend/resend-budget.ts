import { RecentBytes } from '../pacing/recent-bytes.ts';

/** Bytes a viewer may have resent regardless of what it was sent. */
const BASE_BYTES = 128 * 1024;

/** Keeps a viewer with a bad network, or with bad intent, from multiplying its traffic: no more is resent than was recently sent. */
export class ResendBudget {
  readonly #sent = new RecentBytes();
  readonly #resent = new RecentBytes();

  earn(sentBytes: number, now: number): void {
    this.#sent.add(sentBytes, now);
  }

  /** False: not now. */
  spend(bytes: number, now: number): boolean {
    if (this.#resent.total(now) + bytes > BASE_BYTES + this.#sent.total(now)) return false;
    this.#resent.add(bytes, now);
    return true;
  }
}
