import type { VideoMessage } from '@moonshare/contract/browser';
import { FrameTimes } from './frame-times.ts';
import type { KeptFrames } from './kept-frames.ts';
import { LiveEdge } from './live-edge.ts';
import { mediaSegment } from './mp4/segments.ts';
import { SourceBufferQueue } from './source-buffer-queue.ts';

/** Units of time in a second: those of the presentation times. */
export const PICTURE_TIMESCALE = 1_000_000;
const RESERVE = { least: 40, most: 200, step: 20 };
/** At the beginning, and after a jump, running out says nothing for so long. */
const SETTLES_MS = 500;
/** A frame that is not shown this long after its time is still in the decoder. */
const LATE_MS = 100;
/** Browsers round times in their own ways, and a key frame that is removed by mistake takes all that follow with it. */
const ROUNDING_MS = 1;
/** Frames that are kept track of until they are shown: those of a page that nobody looks at never are. */
const MOST_GIVEN = 600;
/** Before it is attached; more would be too old by then. */
const MOST_EARLY_BYTES = 32 * 1024 * 1024;

export interface LivePictureEvents {
  /** This frame, and the ones before it, have been shown. `waitedMs`: since it came; `decodeMs`: of that, in the decoder; null: not known. */
  shown(frame: number, waitedMs: number, decodeMs: number | null): void;
  keyFrameNeeded(): void;
  /** It shows nothing more: make another. */
  failed(): void;
  /** Keep at least so much of the picture waiting, ms, for the sound's sake. `newestUs`: the presentation time of the newest frame. */
  leastReserveMs(newestUs: number): number;
}

/** A frame that has not been shown yet. Times of the media source. */
interface Given {
  frame: number;
  startMs: number;
  dueMs: number;
  cameAt: number;
}

type State =
  /** Nobody shows it yet. What begins with the newest key frame waits. */
  | { kind: 'early'; segments: Uint8Array<ArrayBuffer>[]; bytes: number }
  | {
      kind: 'attached';
      video: HTMLVideoElement;
      queue: SourceBufferQueue;
      callback: number | null;
      release: AbortController;
    }
  | { kind: 'closed' };

/** Plays access units in a video element, just behind the newest one. Never reused: after a failure a new one is made. */
export class LivePicture {
  readonly #type: string;
  readonly #kept: KeptFrames;
  readonly #events: LivePictureEvents;
  readonly #edge = new LiveEdge(RESERVE);
  #state: State = { kind: 'early', segments: [], bytes: 0 };
  #times = new FrameTimes();
  #initialization: Uint8Array<ArrayBuffer> | null = null;
  #given: Given[] = [];
  #segments = 0;
  #newest = { dueMs: 0, us: 0 };
  #settledAt = 0;

  /** `type`: with the codec. */
  constructor(type: string, kept: KeptFrames, events: LivePictureEvents) {
    this.#type = type;
    this.#kept = kept;
    this.#events = events;
    kept.clear();
  }

  /** Where it is shown; null: nowhere, or not any more. */
  get video(): HTMLVideoElement | null {
    return this.#state.kind === 'attached' ? this.#state.video : null;
  }

  /** Whether frames that come now ought to be seen. */
  get isSeen(): boolean {
    return this.video?.paused === false && !document.hidden;
  }

  /** Frames that should have been shown by now. */
  get late(): number {
    if (!this.isSeen || !hasFrameCallback(this.video!)) return 0;
    const before = this.video!.currentTime * 1000 - LATE_MS;
    return this.#given.filter(({ dueMs }) => dueMs < before).length;
  }

  /** Describes the frames that follow, the first of which is a key frame. */
  initialize(segment: Uint8Array<ArrayBuffer>): void {
    this.#initialization = segment;
  }

  /** `data`: the frame as MP4 files have it. */
  add({ isKey, frame, timeUs }: VideoMessage, data: Uint8Array): void {
    if (this.#state.kind === 'closed') return;
    if (this.#state.kind === 'early' && isKey) this.#startOver();
    // What is left when it comes.
    this.#follow();
    const { startUs, dueUs, durationUs } = this.#times.next(timeUs);
    this.#segments += 1;
    const segment = mediaSegment(this.#segments, startUs, [{ duration: durationUs, isSync: isKey, data }]);
    const [startMs, dueMs] = [startUs / 1000, dueUs / 1000];
    this.#kept.added({ isKey, startMs, dueMs, bytes: segment.length });
    this.#given.push({ frame, startMs, dueMs, cameAt: performance.now() });
    if (this.#given.length > MOST_GIVEN) this.#given.shift();
    this.#newest = { dueMs, us: timeUs };
    if (this.#initialization !== null) this.#append(this.#initialization);
    this.#initialization = null;
    this.#append(segment);
    this.#follow();
  }

  /** Shows it there from now on. */
  attach(video: HTMLVideoElement): void {
    if (this.#state.kind !== 'early') return;
    const { segments } = this.#state;
    const release = new AbortController();
    const { signal } = release;
    const queue = new SourceBufferQueue(video, this.#type, {
      overflowed: () => {
        this.#kept.overflowed();
        this.#fail();
      },
      failed: () => this.#fail(),
    });
    this.#state = { kind: 'attached', video, queue, callback: null, release };
    this.#settledAt = performance.now() + SETTLES_MS;
    for (const segment of segments) queue.append(segment);
    video.addEventListener('waiting', () => this.#onWaiting(), { signal });
    for (const type of ['timeupdate', 'play']) video.addEventListener(type, () => this.#follow(), { signal });
    document.addEventListener('visibilitychange', () => this.#follow(), { signal });
    this.#awaitFrame();
  }

  /** The last picture stays until the element shows something else. */
  close(): void {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    this.#given = [];
    if (state.kind !== 'attached') return;
    state.release.abort();
    state.queue.close();
    state.video.playbackRate = 1;
    if (state.callback !== null) state.video.cancelVideoFrameCallback(state.callback);
  }

  #fail(): void {
    this.close();
    this.#events.failed();
  }

  #append(segment: Uint8Array<ArrayBuffer>): void {
    if (this.#state.kind === 'attached') this.#state.queue.append(segment);
    else if (this.#state.kind === 'early') {
      this.#state.segments.push(segment);
      this.#state.bytes += segment.length;
      if (this.#state.bytes > MOST_EARLY_BYTES) this.#fail();
    }
  }

  #startOver(): void {
    this.#times = new FrameTimes();
    this.#given = [];
    this.#kept.clear();
    if (this.#state.kind !== 'early') return;
    const [first] = this.#state.segments;
    // The newest description is still needed.
    if (this.#initialization === null && first !== undefined) this.#initialization = first;
    this.#state = { kind: 'early', segments: [], bytes: 0 };
  }

  /** Older browsers do not say when a frame is shown; their clock does. */
  #awaitFrame(): void {
    const state = this.#state;
    if (state.kind !== 'attached' || !hasFrameCallback(state.video)) return;
    state.callback = state.video.requestVideoFrameCallback((_now, { mediaTime, processingDuration }) => {
      this.#awaitFrame();
      this.#onShown(mediaTime * 1000, processingDuration === undefined ? null : processingDuration * 1000);
      this.#follow();
    });
  }

  #onShown(atMs: number, decodeMs: number | null): void {
    const last = this.#given.findLastIndex(({ startMs }) => startMs <= atMs + ROUNDING_MS);
    const shown = this.#given.splice(0, last + 1).pop();
    if (shown !== undefined) this.#events.shown(shown.frame, performance.now() - shown.cameAt, decodeMs);
  }

  #onWaiting(): void {
    const now = performance.now();
    if (now >= this.#settledAt) this.#edge.ranOut(now);
  }

  /** Keeps it live, and what the browser holds within bounds. */
  #follow(): void {
    const state = this.#state;
    if (state.kind !== 'attached') return;
    const { video, queue } = state;
    const now = performance.now();
    const atMs = video.currentTime * 1000;
    if (!hasFrameCallback(video) && video.readyState >= video.HAVE_CURRENT_DATA) this.#onShown(atMs, null);
    const { entryMs, beginsMs } = this.#kept;
    if (entryMs === null || beginsMs === null) return;
    if (this.isSeen) {
      const playhead = { atMs, newestMs: this.#newest.dueMs, entryMs, beginsMs };
      const pace = this.#edge.follow(playhead, now, this.#events.leastReserveMs(this.#newest.us));
      if (pace.jumpToMs !== null) this.#jump(video, pace.jumpToMs);
      if (video.playbackRate !== pace.rate) video.playbackRate = pace.rate;
      if (pace.askKeyFrame) this.#events.keyFrameNeeded();
      // Nobody sees what is left out.
    } else if (atMs < entryMs) this.#jump(video, entryMs);
    const removable = this.#kept.removable(video.currentTime * 1000);
    if (removable !== null) queue.remove((removable - ROUNDING_MS) / 1000);
    if (this.#kept.needsKeyFrame(now)) this.#events.keyFrameNeeded();
  }

  #jump(video: HTMLVideoElement, toMs: number): void {
    this.#settledAt = performance.now() + SETTLES_MS;
    video.currentTime = toMs / 1000;
  }
}

/** TypeScript believes that all browsers have it. */
function hasFrameCallback(video: HTMLVideoElement): boolean {
  return 'requestVideoFrameCallback' in video;
}
