/** A network that carries less than this much of the stream is too slow for it, whether frames are lost or not. */
const FAR_BELOW = 0.8;
/** One that carries nearly all of it is too slow if frames are lost again and again: twice within this. */
const TROUBLED_MS = 30_000;
/** Losses closer together than this are one. */
const SAME_LOSS_MS = 2_000;
/** It has to be too slow for this long. */
const SETTLED_MS = 5_000;
/** An estimate that grows like this has not met its limit: browsers raise theirs by 8 % a second as long as all arrives. */
const GROWTH = 1.25;

/**
 * Whether a viewer's network is too slow for the stream, and has been for some time. A browser's estimate is below the bitrate
 * for other reasons too: it is 85 % of what arrived after a moment of jitter, and climbs for a minute after a screen that stood
 * still. Pure; times are monotonic ms, rates kbit/s.
 */
export class Shortage {
  /** Since when it has been short, and of how much then; null: it is not. */
  #short: { since: number; kbps: number } | null = null;
  #lostAt = Number.NEGATIVE_INFINITY;
  #lostBefore = Number.NEGATIVE_INFINITY;

  static hasGrown(fromKbps: number, toKbps: number): boolean {
    return toKbps > 0 && toKbps >= fromKbps * GROWTH;
  }

  get isShort(): boolean {
    return this.#short !== null;
  }

  isSettled(now: number): boolean {
    return this.#short !== null && now - this.#short.since >= SETTLED_MS;
  }

  /** A frame did not reach it, or its browser says so. */
  lost(now: number): void {
    if (now - this.#lostAt >= SAME_LOSS_MS) this.#lostBefore = this.#lostAt;
    this.#lostAt = now;
  }

  /** `networkKbps`: null: no limit is known. */
  measured(networkKbps: number | null, streamKbps: number, now: number): void {
    const isTroubled = now - this.#lostBefore < TROUBLED_MS;
    if (networkKbps === null || networkKbps >= streamKbps * (isTroubled ? 1 : FAR_BELOW)) this.#short = null;
    else if (this.#short === null || Shortage.hasGrown(this.#short.kbps, networkKbps))
      this.#short = { since: now, kbps: networkKbps };
  }

  /** What is measured from now on is judged anew. */
  reset(): void {
    this.#short = null;
  }
}
