/** What getStats counts of the incoming picture, since its connection began. */
export interface PictureCounters {
  bytesReceived: number;
  /** Whole ones, decoded or not; null where the browser does not say. */
  framesReceived: number | null;
  framesDecoded: number;
  /** Of the whole connection, with sound and reports; null where the browser does not say. */
  connectionBytes: number | null;
}

/** What the browser itself can tell of a picture that does not come. */
export type PictureCause =
  /** Nothing arrives at all. */
  | 'network'
  /** The server is heard, and has no picture to send. */
  | 'host'
  /** Something arrives, and no frame is whole. */
  | 'incomplete'
  /** Whole frames arrive, and the decoder makes nothing of them. */
  | 'undecodable';

/** Whether the picture moves. `cause` comes some seconds later, when there is one to tell. */
export type Picture =
  /** There has been none yet. */
  { kind: 'none'; cause: PictureCause | null } | { kind: 'moving' } | { kind: 'frozen'; cause: PictureCause | null };

/** Hosts go on sending a picture that does not change, so this long without a frame is a fault. */
const FROZEN_MS = 1000;
/** A slow stream may leave out a frame: so many times the time between two. */
const FROZEN_FRAMES = 2.5;
/** The cause is told after this. */
const CAUSE_MS = 3000;
/** Without frames for this long, the counters are looked at, and then this often. */
const LOOK_AFTER_MS = 500;
const LOOK_EVERY_MS = 250;
/** Less than this is no picture: padding, probes. */
const SOME_BYTES = 4096;
/** The decoder may have some frames in hand. */
const SOME_FRAMES = 5;

/**
 * Says whether a picture moves, without clock or timer of its own: times are ms. Frames that are shown are told by `frameShown`; a
 * browser that shows none, as in a covered window, still counts those that it decodes, so `look` decides.
 */
export class FreezeDetector {
  /** Of the last frame; null: there has been none. */
  #frameAt: number | null = null;
  /** Nothing is missed from before this. */
  #since: number;
  /** Between two frames, smoothed. */
  #gapMs = 0;
  #isVisible = true;
  #counters: PictureCounters | null = null;
  /** The counters when the frames had ended. */
  #base: PictureCounters | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #picture: Picture = { kind: 'none', cause: null };

  /** The connection is up: a picture is due. */
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
    // What was decoded before says nothing of what comes now.
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
    // Clocks round: a look that is due with the second counts as that second.
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
