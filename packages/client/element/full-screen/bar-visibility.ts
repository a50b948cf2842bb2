/** Long enough to read what is there when it first appears. */
const FIRST_MS = 4000;
/** After the pointer was at the edge, and after it has left the bar. */
const STAY_MS = 2500;
const LEFT_MS = 1000;
/** After a tap: fingers do not stay. */
const TAPPED_MS = 6000;
/** So near the top a pointer means the bar, CSS pixels. */
const EDGE_PX = 12;

/** When the bar of a full screen is seen. Pure; times are monotonic ms. */
export class BarVisibility {
  /** When it goes; null: it is hidden. */
  #hideAt: number | null = null;

  get isShown(): boolean {
    return this.#hideAt !== null;
  }

  /** When to call `advance` next. */
  get wakeAt(): number {
    return this.#hideAt ?? Number.POSITIVE_INFINITY;
  }

  entered(now: number): void {
    this.#hideAt = now + FIRST_MS;
  }

  left(): void {
    this.#hideAt = null;
  }

  /** A pointer so far from the top, or a finger that went down there. */
  pointer(fromTop: number, now: number): void {
    if (fromTop <= EDGE_PX) this.#hideAt = Math.max(this.#hideAt ?? 0, now + STAY_MS);
  }

  /** The pointer is on the bar, or has left it. */
  over(isOver: boolean, now: number): void {
    if (this.isShown) this.#hideAt = isOver ? Number.POSITIVE_INFINITY : now + LEFT_MS;
  }

  /** Something on it was tapped, or the handle that brings it back. */
  tapped(now: number): void {
    this.#hideAt = now + TAPPED_MS;
  }

  advance(now: number): void {
    if (now >= this.wakeAt) this.#hideAt = null;
  }
}
