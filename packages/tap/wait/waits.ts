import type { Region, WaitOptions, WaitOutcome } from '@moonshare/contract';
import { WakeTimer } from '@moonshare/sans-io';
import { within } from '../region/region.ts';
import { changedShare } from './changed-share.ts';
import { needsPictures, PictureWait, type WaitEvent } from './picture-wait.ts';

/** A decoded picture, as far as waiting is concerned. */
interface Sized {
  width: number;
  height: number;
}

/** After a key frame, hosts sharpen the picture with the next frames, which end with the first tiny one, or after so many; */
const REFINING_FRAMES = 30;
/** that changes less than this share of the pixels. */
const REFINED_SHARE = 0.01;

interface Entry {
  options: WaitOptions;
  wait: PictureWait;
  timer: WakeTimer<WaitEvent>;
  /** The brightness of what is compared with; null: none yet. */
  anchor: Uint8Array | null;
  /** Pictures decide where the sizes of frames do not. */
  mayNeedPictures: boolean;
}

/** `isStill`: it is no key frame, and so small that its picture is the one before. */
interface FrameKind {
  isKey: boolean;
  isStill: boolean;
}

export interface WaitsOptions<P extends Sized> {
  brightness: (picture: P, region: Region) => Uint8Array;
  over: (requestId: number, outcome: WaitOutcome['outcome']) => void;
  failed: (requestId: number, error: Error) => void;
}

/** Those who wait for a picture to change or to be stable. Times are monotonic ms. */
export class Waits<P extends Sized> {
  readonly #options: WaitsOptions<P>;
  readonly #entries = new Map<number, Entry>();
  /** Decoded frames that may still refine a key frame. */
  #refining = 0;

  constructor(options: WaitsOptions<P>) {
    this.#options = options;
  }

  /** Someone waits whose wait is decided by every picture. */
  get needPictures(): boolean {
    return [...this.#entries.values()].some(({ options }) => needsPictures(options));
  }

  /** A frame that is not tiny may show something else, or refine what is there: only its picture tells. */
  get mayNeedPictures(): boolean {
    return [...this.#entries.values()].some(({ mayNeedPictures }) => mayNeedPictures);
  }

  /** Those that never end without pictures. */
  thatDependOnPictures(): number[] {
    return [...this.#entries].flatMap(([id, { options }]) =>
      needsPictures(options) || options.until === 'change' ? [id] : [],
    );
  }

  add(requestId: number, options: WaitOptions, now: number): void {
    const wait = new PictureWait(options);
    const timer = new WakeTimer<WaitEvent>(
      (at) => wait.advance(at),
      ({ outcome }) => {
        this.delete(requestId);
        this.#options.over(requestId, outcome);
      },
    );
    this.#entries.set(requestId, { options, wait, timer, anchor: null, mayNeedPictures: !needsPictures(options) });
    timer.take(wait.advance(now));
  }

  delete(requestId: number): void {
    this.#entries.get(requestId)?.timer.stop();
    this.#entries.delete(requestId);
  }

  /** There is a stream. `picture`: its newest; null: it is not decoded. */
  start(picture: P | null, now: number): void {
    for (const [id, entry] of [...this.#entries]) {
      if (!needsPictures(entry.options)) this.#begin(entry, now);
      // It would cost a key frame, and tiny frames may be all that comes.
      if (picture === null && entry.options.until === 'stable') entry.mayNeedPictures = false;
      if (picture !== null && entry.anchor === null) this.#compare(id, entry, picture, now);
    }
  }

  /** A frame has come. `isDecoded`: its picture follows if it is not still. */
  received({ isKey, isStill, isDecoded }: FrameKind & { isDecoded: boolean }, now: number): void {
    for (const entry of [...this.#entries.values()]) {
      if (needsPictures(entry.options)) continue;
      this.#begin(entry, now);
      if (isKey || isStill || isDecoded || entry.options.until === 'change') continue;
      // It may be the same picture, but nothing tells.
      entry.mayNeedPictures = true;
      entry.timer.take(entry.wait.changed(now));
    }
  }

  decoded(picture: P, { isKey, isStill }: FrameKind, now: number): void {
    this.#refining = isStill ? 0 : isKey ? REFINING_FRAMES : Math.max(0, this.#refining - 1);
    for (const [id, entry] of [...this.#entries]) {
      if (needsPictures(entry.options) || entry.anchor === null || !isStill) this.#compare(id, entry, picture, now);
    }
  }

  /** The stream is gone; the waits go on with the next one. */
  lost(): void {
    this.#refining = 0;
    for (const entry of this.#entries.values()) {
      entry.anchor = null;
      entry.wait.lost();
    }
  }

  #begin({ wait, timer }: Entry, now: number): void {
    wait.started(now);
    timer.take(wait.advance(now));
  }

  #compare(id: number, entry: Entry, picture: P, now: number): void {
    const { options, wait, timer, anchor } = entry;
    let brightness: Uint8Array;
    try {
      brightness = this.#options.brightness(picture, within(picture, options.region));
    } catch (error) {
      this.#options.failed(id, error as Error);
      return;
    }
    if (anchor === null) {
      entry.anchor = brightness;
      this.#begin(entry, now);
      return;
    }
    const share = changedShare(anchor, brightness);
    if (this.#isRefined(share, options)) entry.anchor = brightness;
    else if (share > 0 && share >= (options.threshold ?? 0)) {
      entry.anchor = brightness;
      timer.take(wait.changed(now));
    }
  }

  /** Whether it is the same picture, sharper. */
  #isRefined(share: number, { until, threshold }: WaitOptions): boolean {
    return until === 'change' && threshold === null && this.#refining > 0 && share < REFINED_SHARE;
  }
}
