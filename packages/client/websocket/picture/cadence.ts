/** The delay that evens out this share of the frames' jitter, within bounds. */
const EVENED_OUT = 0.9;
const MOST_DELAY_MS = 40;
const REMEMBERED_FRAMES = 120;
/** Sound may be heard this much later than its picture before the picture waits for it: nobody notices 125 ms (ITU-R BT.1359). */
const SOUND_MAY_LAG_MS = 120;
const MOST_WAIT_FOR_SOUND_MS = 60;
/** Lateness is measured against the earliest frame within this time, so that the two clocks may drift apart. */
const BASE_MS = 5000;
/** A frame this much later than the others begins a new time line: the host's clock was set, or nothing came for a long time. */
const NEW_TIME_LINE_MS = 1000;
/** A frame may be shown this early, to save another timer. */
const EARLY_MS = 1;
/** Decoders stop when too many of their pictures are still in use. */
const MAX_WAITING = 8;

interface Waiting<Frame> {
  frame: Frame;
  timeMs: number;
  since: number;
}

export interface Due<Frame> {
  /** Show this one now; null: none yet. */
  show: Frame | null;
  /** When it was decoded, ms. */
  decodedAt: number;
  /** Overtaken: another one is due too. */
  dropped: Frame[];
  /** When the next one is due, ms. */
  wakeAt: number;
}

/**
 * When to show decoded frames: at the intervals of their presentation times, whenever they arrived. They are delayed just enough to even
 * out the jitter of most of them. No clock or timer: `now` is monotonic ms.
 */
export class Cadence<Frame> {
  #waiting: Waiting<Frame>[] = [];
  /** How late frames came, ms after the earliest one. */
  #lateness: number[] = [];
  #delayMs = 0;
  /** The smallest difference between arrival and presentation time, in this and the previous BASE_MS. */
  #base = { current: Number.POSITIVE_INFINITY, previous: Number.POSITIVE_INFINITY, since: Number.NEGATIVE_INFINITY };
  /** The same difference for the sound that is heard; null: none is. */
  #soundOffsetMs: number | null = null;

  /** `timeUs`: presentation time. Frames come in the order in which they are shown. */
  add(frame: Frame, timeUs: number, now: number): void {
    const timeMs = timeUs / 1000;
    const offset = now - timeMs;
    if (offset - this.#baseMs > NEW_TIME_LINE_MS) this.#restart();
    if (now - this.#base.since >= BASE_MS) {
      this.#base = { current: offset, previous: this.#base.current, since: now };
    } else this.#base.current = Math.min(this.#base.current, offset);
    this.#lateness.push(offset - this.#baseMs);
    if (this.#lateness.length > REMEMBERED_FRAMES) this.#lateness.shift();
    const sorted = this.#lateness.toSorted((a, b) => a - b);
    this.#delayMs = Math.min(MOST_DELAY_MS, sorted[Math.floor(EVENED_OUT * (sorted.length - 1))]!);
    this.#waiting.push({ frame, timeMs, since: now });
  }

  /** The sound of this presentation time is heard now; null: nothing is. */
  heard(timeUs: number | null, now: number): void {
    this.#soundOffsetMs = timeUs === null ? null : now - timeUs / 1000;
  }

  due(now: number): Due<Frame> {
    let ready = 0;
    while (ready < this.#waiting.length && this.#showAt(this.#waiting[ready]!) <= now + EARLY_MS) ready += 1;
    ready = Math.max(ready, this.#waiting.length - MAX_WAITING);
    const gone = this.#waiting.splice(0, ready);
    const last = gone.pop();
    const next = this.#waiting[0];
    return {
      show: last?.frame ?? null,
      decodedAt: last?.since ?? now,
      dropped: gone.map(({ frame }) => frame),
      wakeAt: next === undefined ? Number.POSITIVE_INFINITY : this.#showAt(next),
    };
  }

  /** Those that were not shown. */
  clear(): Frame[] {
    return this.#waiting.splice(0).map(({ frame }) => frame);
  }

  get #baseMs(): number {
    return Math.min(this.#base.current, this.#base.previous);
  }

  /** Frames of an older time line are due at once. */
  #showAt({ timeMs, since }: Waiting<Frame>): number {
    return Math.min(
      timeMs + this.#baseMs + this.#totalDelayMs,
      since + Math.max(MOST_DELAY_MS, MOST_WAIT_FOR_SOUND_MS),
    );
  }

  get #totalDelayMs(): number {
    const lag = this.#soundOffsetMs === null ? 0 : this.#soundOffsetMs - this.#baseMs - SOUND_MAY_LAG_MS;
    // Beyond that the two have no clock in common.
    const wait = lag > NEW_TIME_LINE_MS ? 0 : Math.min(lag, MOST_WAIT_FOR_SOUND_MS);
    return Math.max(this.#delayMs, wait);
  }

  #restart(): void {
    this.#base = {
      current: Number.POSITIVE_INFINITY,
      previous: Number.POSITIVE_INFINITY,
      since: Number.NEGATIVE_INFINITY,
    };
    this.#lateness = [];
  }
}
