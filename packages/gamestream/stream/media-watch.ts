import type { CoreOutput } from '@moonshare/sans-io';

/** Interval between checks. */
const LOOK_MS = 100;
/** A check this late means that this process was held up, and perhaps everything else on this machine. */
const LATE_MS = 500;
/** The answer to a key frame request takes tens of ms (protocol/5); wait at most this long. */
const MAX_ANSWER_MS = 1_000;
/** This many unanswered requests mean a loss. */
const MAX_UNANSWERED = 3;
/** Frames lost on the way mean that answers are lost too: asking and waiting helps more than another stream. */
const LOSSY_MS = 10_000;
/** A stream with a low frame rate is given the time of this many frames. */
const SLOW_FRAMES = 4;
/** A host that a client left without disconnecting notices within this time, and may then stop the next one's media (protocol/5). */
const TAKE_OVER_MS = 10_000;
const TAKE_OVER_SILENCE_MS = 1_000;

/**
 * Why no picture comes: `noStart` no datagram since the stream was set up, `silence` no more datagrams, `noPicture` datagrams
 * that give no picture, `noKeyFrame` unanswered key frame requests, `lossy` incomplete frames.
 */
export type PictureLoss = 'noStart' | 'silence' | 'noPicture' | 'noKeyFrame' | 'lossy';

export interface MediaWatchOptions {
  /** Frames per second, as requested. */
  fps: number;
  /** How long the first datagram may take, ms. */
  firstMs: number;
  /** How long video may be silent, ms. */
  silenceMs: number;
  /** The previous client left without disconnecting. */
  takesOver: boolean;
}

export type MediaWatchEvent =
  | { type: 'lost'; why: PictureLoss }
  /** Datagrams come, but nothing that can be shown. */
  | { type: 'keyFrameNeeded' };

/**
 * Watches whether a stream's picture comes. A live host keeps sending, even while its picture stands still. Silence while this
 * process was held up proves nothing: a loss must show at two checks in a row, between which all that waits in the sockets
 * is read, and after a late check all waiting starts over. Pure; times are monotonic ms.
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
  /** Requests since the last key frame; those in quick succession count as one. */
  #unanswered = 0;
  #requestedAt = Number.NEGATIVE_INFINITY;
  #pendingLoss: PictureLoss | null = null;
  #wakeAt: number;

  /** `now`: when the stream is set up; call `advance` for the first time then. */
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

  /** What is missing for a first picture. */
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
    if (keyFrame) this.#unanswered = 0;
  }

  /** A frame came only in part. */
  frameLost(): void {
    this.#lostFrames = true;
  }

  /** A key frame was requested, for whatever reason. */
  keyFrameRequested(now: number): void {
    if (this.#unanswered === MAX_UNANSWERED || (this.#unanswered > 0 && now < this.#requestedAt + this.#answerMs))
      return;
    this.#unanswered += 1;
    this.#requestedAt = now;
  }

  advance(now: number): CoreOutput<MediaWatchEvent> {
    if (now < this.#wakeAt) return { events: [], wakeAt: this.#wakeAt };
    if (now - this.#wakeAt > LATE_MS) this.#restart(now);
    const pending = this.#presentLoss(now);
    const lost = pending === this.#pendingLoss ? pending : null;
    this.#pendingLoss = pending;
    this.#wakeAt = now + LOOK_MS;
    const events: MediaWatchEvent[] = lost === null ? [] : [{ type: 'lost', why: lost }];
    if (pending === null && this.#needsKeyFrame(now)) events.push({ type: 'keyFrameNeeded' });
    return { events, wakeAt: this.#wakeAt };
  }

  #restart(now: number): void {
    this.#heardAt = now;
    this.#pictureAt = now;
    this.#unanswered = 0;
    this.#pendingLoss = null;
  }

  #presentLoss(now: number): PictureLoss | null {
    if (!this.#hasStarted) return now >= this.#heardAt + this.#firstMs ? 'noStart' : null;
    if (now >= this.#heardAt + this.#silenceAt(now)) return 'silence';
    if (this.#lostFrames) return now >= this.#pictureAt + LOSSY_MS ? 'lossy' : null;
    if (this.#unanswered < MAX_UNANSWERED || now < this.#requestedAt + this.#answerMs) return null;
    return this.#hasPicture ? 'noKeyFrame' : 'noPicture';
  }

  #silenceAt(now: number): number {
    const isEarly = this.#takesOver && now < this.#startedAt + TAKE_OVER_MS;
    return isEarly ? Math.min(this.#silenceMs, TAKE_OVER_SILENCE_MS) : this.#silenceMs;
  }

  #needsKeyFrame(now: number): boolean {
    if (this.#unanswered === MAX_UNANSWERED) return false;
    return this.#heardAt >= this.#pictureAt + this.#answerMs && now >= this.#requestedAt + this.#answerMs;
  }
}
