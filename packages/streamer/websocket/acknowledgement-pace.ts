/** How far apart acknowledgements are: where the line is the limit, or may be; and at most where it is not. */
const CLOSE_MS = 50;
const WIDE_MS = 200;
/** Less than this is not worth it. */
const LEAST_WIDE_MS = 100;
/** How long frames must neither have waited nor been late before. */
const CALM_MS = 2_000;
/** As late as this, a frame has queued on the way, or its acknowledgement is missing. */
const LATE_MS = 100;
/** What may be under way then, bytes. If the line breaks down, all of that is on it. */
const WIDE_BYTES = 512 * 1024;
/** What there must be room for beyond the frames between two acknowledgements, ms of the stream. */
const MARGIN_MS = 50;

export interface LineState {
  /** Something waits, or was given up. */
  isHeldUp: boolean;
  /** Of the oldest frame that was not acknowledged; 0 if there is none. */
  oldestMs: number;
  /** The shortest round trip of late. */
  baseMs: number;
}

/**
 * How often a browser is to acknowledge: reading that costs nearly as much as writing a frame, and says nothing new of a line that
 * carries everything. Pure; times are monotonic ms.
 */
export class AcknowledgementPace {
  #everyMs = CLOSE_MS;
  /** Since nothing was late, and what was sent meanwhile. */
  #calm: { since: number; bytes: number } | null = null;

  /** What may be under way at least, bytes. */
  get roomBytes(): number {
    return this.#everyMs === CLOSE_MS ? 0 : WIDE_BYTES;
  }

  sent(bytes: number): void {
    if (this.#calm !== null) this.#calm.bytes += bytes;
  }

  /** A frame that was acknowledged had queued for so long. */
  queued(ms: number): void {
    if (ms > LATE_MS) this.#calm = null;
  }

  /** What to tell the browser, ms; null: nothing new. */
  update({ isHeldUp, oldestMs, baseMs }: LineState, now: number): number | null {
    if (isHeldUp || oldestMs > baseMs + this.#everyMs + LATE_MS) this.#calm = null;
    const before = this.#everyMs;
    if (this.#calm === null) {
      this.#everyMs = CLOSE_MS;
      this.#calm = { since: now, bytes: 0 };
    } else if (before === CLOSE_MS && now - this.#calm.since >= CALM_MS) this.#everyMs = this.#widest(baseMs, now);
    return this.#everyMs === before ? null : this.#everyMs;
  }

  #widest(baseMs: number, now: number): number {
    const { since, bytes } = this.#calm!;
    const roomMs = (WIDE_BYTES / bytes) * (now - since) - baseMs - MARGIN_MS;
    return roomMs < LEAST_WIDE_MS ? CLOSE_MS : Math.floor(Math.min(roomMs, WIDE_MS));
  }
}
