/** Long enough to read it when it first appears. */
const FIRST_MS = 4000;
/** After the pointer was at the edge, and after it left the bar. */
const STAY_MS = 2500;
const LEFT_MS = 1000;
/** After a tap: fingers do not hover. */
const TAPPED_MS = 6000;
/** A pointer this close to the top means the bar, in CSS pixels. */
const EDGE_PX = 12;

/** When the full-screen bar is visible. Pure; times are monotonic ms. */
export class BarVisibility {
  /** When it hides; null: it is hidden. */
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

  /** A pointer this far from the top, or a finger touching down there. */
  pointer(fromTop: number, now: number): void {
    if (fromTop <= EDGE_PX) this.#hideAt = Math.max(this.#hideAt ?? 0, now + STAY_MS);
  }

  /** The pointer is on the bar, or has left it. */
  over(isOver: boolean, now: number): void {
    if (this.isShown) this.#hideAt = isOver ? Number.POSITIVE_INFINITY : now + LEFT_MS;
  }

  /** Something on it was tapped, or the handle that shows it. */
  tapped(now: number): void {
    this.#hideAt = now + TAPPED_MS;
  }

  advance(now: number): void {
    if (now >= this.wakeAt) this.#hideAt = null;
  }
}
