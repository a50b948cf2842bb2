import type { Acknowledgement } from '@moonshare/contract/browser';

/** Acknowledgements are this far apart unless the streamer says otherwise; and at most, whatever it says. */
const EVERY_MS = 50;
const LONGEST_MS = 1_000;

/** Tells the streamer what has arrived and what was shown: as often as it wants that, and at once after a pause. Times are monotonic ms. */
export class Acknowledgements {
  #received: { frame: number; at: number } | null = null;
  #shown: number | null = null;
  #isNew = false;
  #everyMs = EVERY_MS;
  #sentAt = Number.NEGATIVE_INFINITY;

  /** When the next one is due. */
  get wakeAt(): number {
    return this.#isNew ? this.#sentAt + this.#everyMs : Number.POSITIVE_INFINITY;
  }

  /** The streamer wants them this far apart. */
  every(ms: number): void {
    this.#everyMs = Math.min(Math.max(ms, EVERY_MS), LONGEST_MS);
  }

  /** A frame has arrived, whether or not it can be shown. */
  received(frame: number, now: number): void {
    this.#shown ??= (frame + 2 ** 32 - 1) % 2 ** 32;
    this.#received = { frame, at: now };
    this.#isNew = true;
  }

  shown(frame: number): void {
    this.#shown = frame;
    this.#isNew = true;
  }

  /** What to send now; null: nothing. `queued`: frames that the decoder has not returned. */
  due(queued: number, now: number): Acknowledgement | null {
    if (now < this.wakeAt || this.#received === null || this.#shown === null) return null;
    this.#isNew = false;
    this.#sentAt = now;
    return { queued, received: this.#received.frame, shown: this.#shown, receivedAtMs: this.#received.at };
  }
}
