import type { CoreOutput } from '../wake-timer.ts';

/** How often it looks. */
const LOOK_MS = 100;
/** A look that is so late says that this process was held up, and with it perhaps everything on this machine. */
const LATE_MS = 500;
/** An answer to a key frame request comes within tens of ms (protocol/5); so long, at most, it is waited for. */
const MAX_ANSWER_MS = 1_000;
/** Requests without an answer that make a loss. */
const MAX_UNANSWERED = 3;
/** Where frames are lost on the way, so are the answers: asking and waiting helps more than another stream. */
const LOSSY_MS = 10_000;
/** A slow stream is given the time of so many frames. */
const SLOW_FRAMES = 4;
/** A host that was left without a word notices it within so long, and may then stop the media of who came after (protocol/5). */
const TAKE_OVER_MS = 10_000;
const TAKE_OVER_SILENCE_MS = 1_000;

/**
 * Why no picture comes: `noStart` no datagram since the stream was set up, `silence` none any more, `noPicture` datagrams of
 * which no picture can be made, `noKeyFrame` requests for a key frame that were not answered, `lossy` frames that came in part.
 */
export type PictureLoss = 'noStart' | 'silence' | 'noPicture' | 'noKeyFrame' | 'lossy';

export interface MediaWatchOptions {
  /** Frames per second, as asked for. */
  fps: number;
  /** So long the first datagram may take, ms. */
  firstMs: number;
  /** So long video may be silent, ms. */
  silenceMs: number;
  /** The client before this one left without a word. */
  takesOver: boolean;
}

export type MediaWatchEvent =
  | { type: 'lost'; why: PictureLoss }
  /** Datagrams come, and nothing that can be seen. */
  | { type: 'keyFrameNeeded' };

/**
 * Does the picture of a stream come? A host that lives keeps sending, also while its picture stands still. Silence while this
 * process did not run proves nothing: what is due must be so at two looks in a row, between which all that waits in the
 * sockets is read, and after a look that is late all waiting begins anew. Pure; times are monotonic ms.
 */
export class MediaWatch {
  readonly #firstMs: number;
  readonly #silenceMs: number;
  readonly #answerMs: number;
  readonly #takesOver: boolean;
  readonly #startedAt: number;
  #hasStarted = false;
  #hasPicture = false;
  #heardAt: number;
  #pictureAt: number;
  /** Since the last picture. */
  #lostFrames = false;
  /** Requests since the last key frame; those that come soon after one another count as one. */
  #asked = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  #pendingLoss: PictureLoss | null = null;
  #wakeAt: number;

  /** `now`: the stream is set up; `advance` is called for the first time then. */
  constructor(options: MediaWatchOptions, now: number) {
    const slowMs = (SLOW_FRAMES * 1000) / options.fps;
    this.#firstMs = options.firstMs;
    this.#silenceMs = Math.max(options.silenceMs, slowMs);
    this.#answerMs = Math.max(Math.min(options.silenceMs / 2, MAX_ANSWER_MS), slowMs);
    this.#takesOver = options.takesOver;
    this.#startedAt = now;
    this.#heardAt = now;
    this.#pictureAt = now;
    this.#wakeAt = now;
  }

  /** What is missing to a first picture. */
  get missing(): 'noStart' | 'noPicture' {
    return this.#hasStarted ? 'noPicture' : 'noStart';
  }

  /** A video datagram came. */
  datagram(now: number): void {
    if (!this.#hasStarted) this.#pictureAt = now;
    this.#hasStarted = true;
    this.#heardAt = now;
  }

  /** A picture that a decoder can use came. */
  picture(keyFrame: boolean, now: number): void {
    this.#hasPicture = true;
    this.#pictureAt = now;
    this.#lostFrames = false;
    if (keyFrame) this.#asked = 0;
  }

  /** Datagrams of a frame came, but not enough. */
  frameLost(): void {
    this.#lostFrames = true;
  }

  /** A key frame was asked for, for whatever reason. */
  asked(now: number): void {
    if (this.#asked === MAX_UNANSWERED || (this.#asked > 0 && now < this.#askedAt + this.#answerMs)) return;
    this.#asked += 1;
    this.#askedAt = now;
  }

  advance(now: number): CoreOutput<MediaWatchEvent> {
    if (now < this.#wakeAt) return { events: [], wakeAt: this.#wakeAt };
    if (now - this.#wakeAt > LATE_MS) this.#beginAnew(now);
    const pending = this.#presentLoss(now);
    const lost = pending === this.#pendingLoss ? pending : null;
    this.#pendingLoss = pending;
    this.#wakeAt = now + LOOK_MS;
    const events: MediaWatchEvent[] = lost === null ? [] : [{ type: 'lost', why: lost }];
    if (pending === null && this.#needsKeyFrame(now)) events.push({ type: 'keyFrameNeeded' });
    return { events, wakeAt: this.#wakeAt };
  }

  #beginAnew(now: number): void {
    this.#heardAt = now;
    this.#pictureAt = now;
    this.#asked = 0;
    this.#pendingLoss = null;
  }

  #presentLoss(now: number): PictureLoss | null {
    if (!this.#hasStarted) return now >= this.#heardAt + this.#firstMs ? 'noStart' : null;
    if (now >= this.#heardAt + this.#silenceAt(now)) return 'silence';
    if (this.#lostFrames) return now >= this.#pictureAt + LOSSY_MS ? 'lossy' : null;
    if (this.#asked < MAX_UNANSWERED || now < this.#askedAt + this.#answerMs) return null;
    return this.#hasPicture ? 'noKeyFrame' : 'noPicture';
  }

  #silenceAt(now: number): number {
    const isEarly = this.#takesOver && now < this.#startedAt + TAKE_OVER_MS;
    return isEarly ? Math.min(this.#silenceMs, TAKE_OVER_SILENCE_MS) : this.#silenceMs;
  }

  #needsKeyFrame(now: number): boolean {
    if (this.#asked === MAX_UNANSWERED) return false;
    return this.#heardAt >= this.#pictureAt + this.#answerMs && now >= this.#askedAt + this.#answerMs;
  }
}
