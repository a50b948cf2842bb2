/** A pause counts as a freeze, as in getStats, if it is longer than three intervals, and than one interval plus this. */
const LEAST_MS = 150;
const INTERVALS = 3;
const SMOOTHING = 30;

/** Counts the pauses of a picture, as WebRTC's `freezeCount` does. Times are monotonic ms. */
export class FreezeCounter {
  #shownAt: number | null = null;
  #intervalMs = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Until the next one, nobody is looking. */
  pause(): void {
    this.#shownAt = null;
  }

  shown(now: number): void {
    const gap = this.#shownAt === null ? 0 : now - this.#shownAt;
    this.#shownAt = now;
    if (gap === 0) return;
    if (this.#intervalMs === 0) this.#intervalMs = gap;
    if (gap > Math.max(INTERVALS * this.#intervalMs, this.#intervalMs + LEAST_MS)) this.#count += 1;
    this.#intervalMs += (gap - this.#intervalMs) / SMOOTHING;
  }
}
