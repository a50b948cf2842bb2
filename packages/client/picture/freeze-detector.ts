/** What getStats has counted of the incoming picture since its connection began. */
export interface PictureCounters {
  bytesReceived: number;
  /** Complete frames, decoded or not; null if the browser does not report it. */
  framesReceived: number | null;
  framesDecoded: number;
  /** Of the whole connection, including sound and reports; null if the browser does not report it. */
  connectionBytes: number | null;
}

/** What the browser itself can tell about a missing picture. */
export type PictureCause =
  /** Nothing arrives at all. */
  | 'network'
  /** The server can be heard, but has no picture to send. */
  | 'host'
  /** Data arrives, but no frame is complete. */
  | 'incomplete'
  /** Complete frames arrive, but the decoder makes nothing of them. */
  | 'undecodable';

/** Whether the picture moves. `cause` is known some seconds later, if at all. */
export type Picture =
  /** There has been none yet. */
  { kind: 'none'; cause: PictureCause | null } | { kind: 'moving' } | { kind: 'frozen'; cause: PictureCause | null };

/** Hosts keep sending even an unchanged picture, so this long without a frame is a fault. */
const FROZEN_MS = 1000;
/** A slow stream may skip a frame: allow this many times its frame interval. */
const FROZEN_FRAMES = 2.5;
/** The cause is reported after this. */
const CAUSE_MS = 3000;
/** After this long without frames the counters are read, then at this interval. */
const LOOK_AFTER_MS = 500;
const LOOK_EVERY_MS = 250;
/** Less than this is not a picture: padding, probes. */
const SOME_BYTES = 4096;
/** The decoder may be holding some frames. */
const SOME_FRAMES = 5;

/**
 * Tells whether a picture moves, without a clock or timer: times are ms. `frameShown` reports frames that are shown; a browser that
 * shows none, as in a covered window, still counts the frames it decodes, so `look` decides.
 */
export class FreezeDetector {
  /** When the last frame came; null: none yet. */
  #frameAt: number | null = null;
  /** Frames missing before this do not count. */
  #since: number;
  /** The smoothed interval between frames. */
  #gapMs = 0;
  #isVisible = true;
  #counters: PictureCounters | null = null;
  /** The counters when the frames stopped. */
  #base: PictureCounters | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #picture: Picture = { kind: 'none', cause: null };

  /** The connection is up: a picture is expected. */
  constructor(now: number) {
    this.#since = now;
  }

  get picture(): Picture {
    return this.#picture;
  }

  /** When to `look` next; never while nobody can see the picture. */
  get wakeAt(): number {
    if (!this.#isVisible) return Number.POSITIVE_INFINITY;
    return Math.max(this.#quietSince + LOOK_AFTER_MS, this.#lookedAt + LOOK_EVERY_MS);
  }

  /** A frame was shown. */
  frameShown(now: number): void {
    if (this.#frameAt !== null && this.#picture.kind === 'moving')
      this.#gapMs += (Math.min(now - this.#frameAt, FROZEN_MS * 2) - this.#gapMs) / 8;
    this.#frameAt = now;
    this.#base = null;
    // What was decoded before says nothing about what comes now.
    this.#counters = null;
    this.#picture = { kind: 'moving' };
  }

  /** The counters now; null: there are none. */
  look(counters: PictureCounters | null, now: number): void {
    this.#lookedAt = now;
    const before = this.#counters;
    this.#counters = counters;
    if (!this.#isVisible) return;
    if (counters !== null && before !== null && counters.framesDecoded > before.framesDecoded) {
      this.frameShown(now);
      this.#counters = counters;
    } else this.#judge(now);
  }

  /** Hidden tabs and paused videos show no frames, and nobody misses them. */
  setVisible(isVisible: boolean, now: number): void {
    if (isVisible && !this.#isVisible) this.#since = now;
    this.#isVisible = isVisible;
    this.#base = null;
  }

  get #quietSince(): number {
    return Math.max(this.#frameAt ?? this.#since, this.#since);
  }

  #judge(now: number): void {
    this.#base ??= this.#counters;
    // Clocks round: a look at the end of the second counts as a full second.
    const quietMs = Math.ceil(now - this.#quietSince);
    const cause = quietMs < CAUSE_MS ? null : this.#cause();
    if (this.#frameAt === null) this.#picture = { kind: 'none', cause };
    else if (quietMs >= Math.max(FROZEN_MS, FROZEN_FRAMES * this.#gapMs)) this.#picture = { kind: 'frozen', cause };
  }

  #cause(): PictureCause | null {
    const [base, counters] = [this.#base, this.#counters];
    if (base === null || counters === null) return null;
    if (counters.bytesReceived - base.bytesReceived < SOME_BYTES)
      return (counters.connectionBytes ?? 0) > (base.connectionBytes ?? 0) ? 'host' : 'network';
    const frames = (counters.framesReceived ?? 0) - (base.framesReceived ?? 0);
    return frames < SOME_FRAMES ? 'incomplete' : 'undecodable';
  }
}
