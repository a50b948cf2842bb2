import { FreezeDetector, type Picture, type PictureCounters } from './freeze-detector.ts';

export interface PictureMonitorOptions {
  video: HTMLVideoElement;
  counters(): Promise<PictureCounters | null>;
  /** Whether another transport may be about to bring back a picture that has stood still since then. */
  isChanging(since: number): boolean;
  changed(picture: Picture): void;
}

/** Chromium reports a black frame of this size before a stream's first one. */
const PLACEHOLDER_WIDTH = 2;

/** Watches the picture of one connection in real time, until closed. */
export class PictureMonitor {
  readonly #options: PictureMonitorOptions;
  readonly #detector = new FreezeDetector(performance.now());
  readonly #release = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #callback: number | undefined;
  #reported: Picture;
  /** When it last did not stand still. */
  #movedAt = performance.now();

  constructor(options: PictureMonitorOptions) {
    this.#options = options;
    this.#reported = this.#detector.picture;
    const { video } = options;
    const { signal } = this.#release;
    document.addEventListener('visibilitychange', this.#onVisibility, { signal });
    for (const type of ['play', 'pause']) video.addEventListener(type, this.#onVisibility, { signal });
    this.#onVisibility();
    this.#awaitFrame();
  }

  get picture(): Picture {
    return this.#reported;
  }

  close(): void {
    this.#release.abort();
    clearTimeout(this.#timer);
    if (this.#callback !== undefined) this.#options.video.cancelVideoFrameCallback(this.#callback);
  }

  #onVisibility = (): void => {
    // A video waiting for its first frame may not have started to play.
    const isPaused = this.#options.video.paused && this.#detector.picture.kind !== 'none';
    this.#detector.setVisible(!document.hidden && !isPaused, performance.now());
    this.#schedule();
  };

  /** Older browsers do not support this; the counters serve instead. */
  #awaitFrame(): void {
    const { video } = this.#options;
    if (!('requestVideoFrameCallback' in video)) return;
    this.#callback = video.requestVideoFrameCallback((_at, { width }) => {
      this.#awaitFrame();
      if (width <= PLACEHOLDER_WIDTH) return;
      this.#detector.frameShown(performance.now());
      this.#report();
    });
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const { wakeAt } = this.#detector;
    if (wakeAt === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => void this.#look(), Math.max(1, wakeAt - performance.now()));
  }

  async #look(): Promise<void> {
    // Frames may have arrived since the timer was set.
    if (performance.now() >= this.#detector.wakeAt) {
      const counters = await this.#options.counters().catch(() => null);
      if (this.#release.signal.aborted) return;
      this.#detector.look(counters, performance.now());
      this.#report();
    }
    this.#schedule();
  }

  #report(): void {
    const { picture } = this.#detector;
    if (picture.kind !== 'frozen') this.#movedAt = performance.now();
    else if (picture.cause === null && this.#options.isChanging(this.#movedAt)) return;
    if (isSame(picture, this.#reported)) return;
    this.#reported = picture;
    this.#options.changed(picture);
  }
}

function isSame(a: Picture, b: Picture): boolean {
  return a.kind === b.kind && (a.kind === 'moving' || b.kind === 'moving' || a.cause === b.cause);
}
