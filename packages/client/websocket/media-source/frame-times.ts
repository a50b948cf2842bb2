/** How long a frame is shown, unless the ones before say otherwise. */
const USUAL_US = 16_667;
/** Bounds of what counts: after a gap an interval says nothing about the next one. */
const COUNTED_US = { least: 1000, most: 250_000 };
/** The longest of so many intervals before counts, and a little more: a frame that lasts too long is cut short by the next one. */
const REMEMBERED = 4;
const MARGIN = 1.25;
/** A longer pause, or a time before the last one, means that the clock was set. */
const LONGEST_PAUSE_US = 10_000_000;

/** Where a frame is on a media source's time line, us. */
export interface FrameTime {
  startUs: number;
  /** When it is due: later than its start if it comes after a gap. */
  dueUs: number;
  durationUs: number;
}

/**
 * Places frames on a time line that begins with the first one, at the intervals of their presentation times, and without gaps, since playback
 * would stop there: a frame after a gap begins where the one before has ended. No clock: all times are presentation times.
 */
export class FrameTimes {
  /** Presentation time where the time line begins; null: no frame yet. */
  #originUs: number | null = null;
  #last: FrameTime = { startUs: 0, dueUs: 0, durationUs: 0 };
  #intervals: number[] = [];

  /** The presentation time at this place of the time line, us; null: there is none yet. */
  presented(atUs: number): number | null {
    return this.#originUs === null ? null : this.#originUs + atUs;
  }

  next(timeUs: number): FrameTime {
    const endUs = this.#last.startUs + this.#last.durationUs;
    const interval = this.#originUs === null ? 0 : timeUs - this.#originUs - this.#last.dueUs;
    if (this.#originUs === null || interval <= 0 || interval > LONGEST_PAUSE_US) this.#originUs = timeUs - endUs;
    else this.#note(interval);
    const dueUs = timeUs - this.#originUs;
    const startUs = Math.min(dueUs, endUs);
    this.#last = { startUs, dueUs, durationUs: dueUs - startUs + this.#usualUs };
    return this.#last;
  }

  get #usualUs(): number {
    return this.#intervals.length === 0 ? USUAL_US : Math.round(Math.max(...this.#intervals) * MARGIN);
  }

  #note(intervalUs: number): void {
    this.#intervals.push(Math.min(COUNTED_US.most, Math.max(COUNTED_US.least, intervalUs)));
    if (this.#intervals.length > REMEMBERED) this.#intervals.shift();
  }
}
