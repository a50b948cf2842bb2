/** How often the counters are read, ms. */
export const QUALITY_INTERVAL_MS = 3_000;
/** Shares of frames that could not be repaired, protocol/3 §4.6 "Connection quality": poor at once, poor twice in a row, OK again. */
const POOR_AT_ONCE = 0.3;
const POOR_TWICE = 0.15;
const OK = 0.05;

export type Quality = 'Ok' | 'Poor';

/** The counters over all streams of the session so far. */
interface Frames {
  /** Complete, including those repaired by FEC. */
  frames: number;
  lost_frames: number;
}

/** The quality of the network to the host, as sent to front ends (`ConnectionStatusUpdate`, protocol/4 §5). */
export class HostQuality {
  #current: Quality = 'Ok';
  #before: Frames | null = null;
  #wasLossy = false;

  get current(): Quality {
    return this.#current;
  }

  /** A stream begins: it settles until the next interval, and is not judged. */
  restart(): void {
    this.#before = null;
    this.#wasLossy = false;
  }

  /** One interval is over. Returns the quality if it has changed, else null. */
  next(now: Frames): Quality | null {
    const before = this.#before;
    this.#before = now;
    if (before === null) return null;
    const lost = now.lost_frames - before.lost_frames;
    const seen = now.frames - before.frames + lost;
    // A host need not send pictures of a screen that stands still.
    if (seen === 0) return null;
    const loss = lost / seen;
    const isLossy = loss >= POOR_TWICE;
    const isPoor = loss >= POOR_AT_ONCE || (isLossy && this.#wasLossy);
    this.#wasLossy = isLossy;
    return this.#become(isPoor ? 'Poor' : loss <= OK ? 'Ok' : this.#current);
  }

  #become(quality: Quality): Quality | null {
    if (quality === this.#current) return null;
    this.#current = quality;
    return quality;
  }
}
