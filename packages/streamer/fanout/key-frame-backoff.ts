/** Pauses between the needs of one viewer that count: its bad network must not cost everyone a key frame each time. */
const PAUSES_MS = [350, 1_000, 2_000, 4_000, 8_000] as const;
/** A viewer that needed nothing for this long starts over. */
const CALM_MS = 30_000;

interface Entry {
  /** How many of its needs have counted since it was calm. */
  counted: number;
  /** When the last one counts: in the future during its pause. */
  countsAt: number;
  neededAt: number;
}

/**
 * When a viewer's need for a key frame (PLI, FIR, drop) counts: the first at once, later ones after growing pauses.
 * Pure; times are monotonic ms, `V` is compared by identity.
 */
export class KeyFrameBackoff<V extends WeakKey> {
  readonly #viewers = new WeakMap<V, Entry>();

  /** The time at which this need counts: `now`, or the end of the pause. */
  from(viewer: V, now: number): number {
    const entry = this.#viewers.get(viewer);
    if (entry === undefined || now - entry.neededAt >= CALM_MS) {
      this.#viewers.set(viewer, { counted: 1, countsAt: now, neededAt: now });
      return now;
    }
    entry.neededAt = now;
    if (now < entry.countsAt) return entry.countsAt;
    const pause = PAUSES_MS[Math.min(entry.counted, PAUSES_MS.length) - 1]!;
    entry.counted += 1;
    entry.countsAt = Math.max(now, entry.countsAt + pause);
    return entry.countsAt;
  }
}
