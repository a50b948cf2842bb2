/**
 * At most one request in this time. 250 ms is the contract; with 350, fifty joins spread over one second cost four
 * requests and not five (docs/architecture.md, "Figures to hold").
 */
const MIN_INTERVAL_MS = 350;
/** While none comes, ask again (protocol/3 §4.6, "Request rule"). */
const REPEAT_MS = 500;
/** A key frame this young is still on its way to whoever complains of a missing one. */
const FRESH_MS = 250;

export interface KeyframeDecision {
  /** Ask the host now. */
  request: boolean;
  /** Call `advance` at this time (ms) at the latest; Infinity when nothing is wanted. */
  wakeAt: number;
}

/** Joins, PLIs, drops and losses become few requests, repeated until a key frame has really come. Pure; times are monotonic ms. */
export class KeyframeRequests {
  #wanted = false;
  /** Somebody's need counts from then on. */
  #wantedFrom = Number.POSITIVE_INFINITY;
  /** No key frame has come since the last request. */
  #unanswered = false;
  #requestedAt = Number.NEGATIVE_INFINITY;
  #keyFrameAt = Number.NEGATIVE_INFINITY;

  /**
   * Somebody cannot go on without a key frame: a joiner, a viewer that dropped, a loss on the way from the host. `from`:
   * the need counts then, if no key frame has come before.
   */
  want(now: number, from = now): KeyframeDecision {
    this.#wantedFrom = Math.min(this.#wantedFrom, from);
    return this.advance(now);
  }

  /** A viewer's decoder complains (PLI, FIR): what it misses may be the key frame just sent. */
  complain(now: number, from = now): KeyframeDecision {
    if (this.isFresh(now)) return this.advance(now);
    return this.want(now, from);
  }

  /** A key frame is on its way to everybody. */
  isFresh(now: number): boolean {
    return now - this.#keyFrameAt < FRESH_MS;
  }

  /** A key frame came from the host: all who waited are served. */
  keyFrame(now: number): void {
    this.#wanted = false;
    this.#wantedFrom = Number.POSITIVE_INFINITY;
    this.#unanswered = false;
    this.#keyFrameAt = now;
  }

  /** The host session was lost or began: it knows of no request, and starts with a key frame by itself. */
  reset(): void {
    this.#wanted = false;
    this.#wantedFrom = Number.POSITIVE_INFINITY;
    this.#unanswered = false;
    this.#requestedAt = Number.NEGATIVE_INFINITY;
  }

  advance(now: number): KeyframeDecision {
    if (now >= this.#wantedFrom) {
      this.#wanted = true;
      this.#wantedFrom = Number.POSITIVE_INFINITY;
    }
    if (!this.#wanted) return { request: false, wakeAt: this.#wantedFrom };
    const dueAt = this.#requestedAt + (this.#unanswered ? REPEAT_MS : MIN_INTERVAL_MS);
    if (now < dueAt) return { request: false, wakeAt: dueAt };
    this.#requestedAt = now;
    this.#unanswered = true;
    return { request: true, wakeAt: now + REPEAT_MS };
  }
}
