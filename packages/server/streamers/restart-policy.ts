/** Wait before the restart after death 1, 2, …: the first costs viewers as little as can be. */
export const RESTART_DELAYS_MS: readonly number[] = [0, 500, 1_000, 2_000, 4_000, 8_000];
/** Deaths older than this are forgotten. */
const WINDOW_MS = 3 * 60_000;

/**
 * When a streamer process that died is started again, and when no more (docs/architecture.md, "When something breaks"). Pure; times
 * are monotonic ms.
 */
export class RestartPolicy {
  readonly #delays: readonly number[];
  #deaths: number[] = [];

  constructor(delays = RESTART_DELAYS_MS) {
    this.#delays = delays;
  }

  /** How often it died within the window. */
  get deaths(): number {
    return this.#deaths.length;
  }

  /** It died at `now`: milliseconds to wait before it is started again, or null: it died too often. */
  died(now: number): number | null {
    this.#deaths = this.#deaths.filter((at) => now - at < WINDOW_MS);
    this.#deaths.push(now);
    return this.#delays[this.#deaths.length - 1] ?? null;
  }
}
