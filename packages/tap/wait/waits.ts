import type { Region, WaitOptions, WaitOutcome } from '@moonshare/contract';
import { WakeTimer } from '@moonshare/sans-io';
import { within } from '../region/region.ts';
import { changedShare } from './changed-share.ts';
import { isStill, needsPictures, PictureWait, type WaitEvent } from './picture-wait.ts';

/** A decoded picture, as far as waiting is concerned. */
interface Sized {
  width: number;
  height: number;
}

interface Entry {
  options: WaitOptions;
  wait: PictureWait;
  timer: WakeTimer<WaitEvent>;
  /** The brightness of what is compared with, if pictures decide; null: none yet. */
  anchor: Uint8Array | null;
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

  constructor(options: WaitsOptions<P>) {
    this.#options = options;
  }

  /** Someone waits whose wait is decided by pictures. */
  get needPictures(): boolean {
    return this.thatNeedPictures().length > 0;
  }

  /** A key frame in the middle of a stream may hide a change: only its picture tells. */
  get mayNeedPictures(): boolean {
    return [...this.#entries.values()].some(({ options }) => !needsPictures(options) && options.until === 'change');
  }

  thatNeedPictures(): number[] {
    return [...this.#entries].flatMap(([id, { options }]) => (needsPictures(options) ? [id] : []));
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
    this.#entries.set(requestId, { options, wait, timer, anchor: null });
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
      else if (picture !== null && entry.anchor === null) this.#compare(id, entry, picture, now);
    }
  }

  /** A frame has come; `pixels`: of its picture. */
  received({ bytes, isKey, pixels }: { bytes: number; isKey: boolean; pixels: number }, now: number): void {
    for (const entry of [...this.#entries.values()]) {
      if (needsPictures(entry.options)) continue;
      this.#begin(entry, now);
      if (!isKey && !isStill(bytes, pixels)) entry.timer.take(entry.wait.changed(now));
    }
  }

  /** `before`: the picture of the frame before; null: it was not decoded. */
  decoded(before: P | null, picture: P, isKey: boolean, now: number): void {
    let isOther: boolean | null = null;
    for (const [id, entry] of [...this.#entries]) {
      if (needsPictures(entry.options)) this.#compare(id, entry, picture, now);
      else if (isKey && before !== null && entry.options.until === 'change') {
        isOther ??= changedShare(this.#whole(before), this.#whole(picture)) > 0;
        if (isOther) entry.timer.take(entry.wait.changed(now));
      }
    }
  }

  /** The stream is gone; the waits go on with the next one. */
  lost(): void {
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
    if (share === 0 || share < (options.threshold ?? 0)) return;
    entry.anchor = brightness;
    timer.take(wait.changed(now));
  }

  #whole(picture: P): Uint8Array {
    return this.#options.brightness(picture, within(picture, null));
  }
}
