/** How long the shortest round trip is remembered: a route may change. */
const BASE_MS = 10_000;
/** The weight of a measurement falls by a factor of e over this time. */
const MEMORY_MS = 2_000;

/**
 * What the line to one browser carries, and how long a message takes when nothing else is under way, from what the browser
 * acknowledges. Pure; times are monotonic ms.
 */
export class LineEstimate {
  /** The shortest round trip of this period and of the one before. */
  #base = { ms: Number.POSITIVE_INFINITY, before: Number.POSITIVE_INFINITY, since: Number.NEGATIVE_INFINITY };
  /** Bytes, and the time for which the line was busy with them. */
  #bytes = 0;
  #busyMs = 0;
  #measuredAt = Number.NEGATIVE_INFINITY;
  #acknowledgedAt = Number.NEGATIVE_INFINITY;

  /** The shortest round trip of late, ms; 0 until there was one. */
  get baseMs(): number {
    const ms = Math.min(this.#base.ms, this.#base.before);
    return Number.isFinite(ms) ? ms : 0;
  }

  /** Bytes per ms that the line carries; null: not known. */
  get bytesPerMs(): number | null {
    return this.#busyMs === 0 ? null : this.#bytes / this.#busyMs;
  }

  /** The same when these bytes, of which the first was sent at `sentAt`, have not arrived yet. */
  bytesPerMsBefore(bytes: number, sentAt: number, now: number): number | null {
    const { bytesPerMs } = this;
    return bytesPerMs && Math.min(bytesPerMs, (this.#bytes + bytes) / (this.#busyMs + this.#busySince(sentAt, now)));
  }

  /** A message came back this fast. */
  roundTrip(ms: number, now: number): void {
    if (now - this.#base.since >= BASE_MS) this.#base = { ms, before: this.#base.ms, since: now };
    else this.#base.ms = Math.min(this.#base.ms, ms);
  }

  /**
   * These bytes, of which the first was sent at `sentAt`, have arrived. `isLimit`: they had to wait for one another on the line; if
   * not, it carries at least as much.
   */
  arrived(bytes: number, sentAt: number, { isLimit, now }: { isLimit: boolean; now: number }): void {
    // Never zero, or a line would seem to carry everything.
    const busyMs = Math.max(this.#busySince(sentAt, now), 0.1);
    this.#acknowledgedAt = now;
    if (!isLimit && bytes / busyMs <= (this.bytesPerMs ?? 0)) return;
    const kept = Math.exp((this.#measuredAt - now) / MEMORY_MS);
    this.#bytes = this.#bytes * kept + bytes;
    this.#busyMs = this.#busyMs * kept + busyMs;
    this.#measuredAt = now;
  }

  /** How long it has had something to carry: since it was known to have carried the rest, or since this could have come back. */
  #busySince(sentAt: number, now: number): number {
    return Math.max(0, now - Math.max(this.#acknowledgedAt, sentAt + this.baseMs));
  }
}
