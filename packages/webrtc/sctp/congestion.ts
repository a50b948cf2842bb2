import { isAfter } from './serial.ts';

/** RFC 9260 §7.2.1. */
const INITIAL_BYTES = 4380;
/** More than any path to a browser needs for data channels. */
const MAX_BYTES = 1024 * 1024;

/** The congestion window, RFC 9260 §7.2. */
export class CongestionWindow {
  readonly #mtu: number;
  #bytes: number;
  #threshold = Number.POSITIVE_INFINITY;
  /** Acknowledged since the window grew last, while avoiding congestion. */
  #acknowledged = 0;
  /** While recovering from a loss: the last TSN that was out when it was noticed. */
  #recoverUntil: number | null = null;

  constructor(mtu: number) {
    this.#mtu = mtu;
    this.#bytes = Math.min(4 * mtu, Math.max(2 * mtu, INITIAL_BYTES));
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isRecovering(): boolean {
    return this.#recoverUntil !== null;
  }

  /** The cumulative TSN went forward to `cumulative`. `full`: the window had no room for another packet before. */
  acknowledged(bytes: number, full: boolean, cumulative: number): void {
    if (this.#recoverUntil !== null) {
      if (!isAfter(this.#recoverUntil, cumulative)) this.#recoverUntil = null;
      return;
    }
    if (this.#bytes <= this.#threshold) {
      if (full) this.#grow(Math.min(bytes, this.#mtu));
      return;
    }
    this.#acknowledged += bytes;
    if (this.#acknowledged < this.#bytes) return;
    this.#acknowledged = full ? this.#acknowledged - this.#bytes : this.#bytes;
    if (full) this.#grow(this.#mtu);
  }

  /** Everything that was sent has arrived. */
  allAcknowledged(): void {
    this.#acknowledged = 0;
  }

  /** Something is missing while later things have arrived. True if this is the first loss of a recovery. */
  lost(lastSent: number): boolean {
    if (this.#recoverUntil !== null) return false;
    this.#recoverUntil = lastSent;
    this.#halve();
    this.#bytes = this.#threshold;
    return true;
  }

  timedOut(): void {
    this.#recoverUntil = null;
    this.#halve();
    this.#bytes = this.#mtu;
  }

  #halve(): void {
    this.#threshold = Math.max(this.#bytes / 2, 4 * this.#mtu);
    this.#acknowledged = 0;
  }

  #grow(bytes: number): void {
    this.#bytes = Math.min(MAX_BYTES, this.#bytes + bytes);
  }
}
