/** A network that carries less than this much of the stream is too slow for it, whether frames are lost or not. */
const FAR_BELOW = 0.5;
/** One that carries more of it, but not all, is too slow if frames are lost repeatedly: twice within this. */
const TROUBLED_MS = 30_000;
/** Losses closer together than this count as one. */
const SAME_LOSS_MS = 2_000;
/** An estimate that grows like this has not reached the limit: browsers raise theirs by 8 % a second while everything arrives. */
const GROWTH = 1.15;

/**
 * Whether a viewer's network is too slow for the stream, and for how long. A browser's estimate may be below the bitrate for
 * other reasons: after a moment of jitter it is 85 % of what arrived, on a busy machine 50 %, and after a still picture it takes
 * a minute to climb. Pure; times are monotonic ms, rates kbit/s.
 */
export class Shortage {
  /** Since when it has been too slow, and what it carried then; null: it is not. */
  #short: { since: number; kbps: number } | null = null;
  /** When the last loss began, and the one before it. */
  #lostAt = Number.NEGATIVE_INFINITY;
  #lostBefore = Number.NEGATIVE_INFINITY;

  /** For how long it has been too slow, ms. */
  lasts(now: number): number {
    return this.#short === null ? 0 : now - this.#short.since;
  }

  /** A frame did not reach it, or its browser says so. */
  lost(now: number): void {
    if (now - this.#lostAt < SAME_LOSS_MS) return;
    this.#lostBefore = this.#lostAt;
    this.#lostAt = now;
  }

  /** `networkKbps`: null: no limit is known. */
  measured(networkKbps: number | null, streamKbps: number, now: number): void {
    const isTroubled = now - this.#lostBefore < TROUBLED_MS;
    if (networkKbps === null || networkKbps >= streamKbps * (isTroubled ? 1 : FAR_BELOW)) this.#short = null;
    else if (this.#short === null || networkKbps > this.#short.kbps * GROWTH)
      this.#short = { since: now, kbps: networkKbps };
  }

  /** Forgets everything so far. */
  reset(): void {
    this.#short = null;
    this.#lostAt = Number.NEGATIVE_INFINITY;
    this.#lostBefore = Number.NEGATIVE_INFINITY;
  }
}
