import { type Picture, type PictureCounters, PictureWatch } from './watch.ts';

export interface PictureObserverOptions {
  video: HTMLVideoElement;
  counters(): Promise<PictureCounters | null>;
  changed(picture: Picture): void;
}

/** Chromium tells of a black frame of this size before the first one of a stream. */
const PLACEHOLDER_WIDTH = 2;

/** Watches the picture of one connection on real time, until it is closed. */
export class PictureObserver {
  readonly #o: PictureObserverOptions;
  readonly #watch = new PictureWatch(performance.now());
  readonly #release = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #callback: number | undefined;
  #told: Picture;

  constructor(options: PictureObserverOptions) {
    this.#o = options;
    this.#told = this.#watch.picture;
    const { video } = options;
    const { signal } = this.#release;
    document.addEventListener('visibilitychange', this.#onWatched, { signal });
    for (const type of ['play', 'pause']) video.addEventListener(type, this.#onWatched, { signal });
    this.#onWatched();
    this.#awaitFrame();
  }

  get picture(): Picture {
    return this.#told;
  }

  close(): void {
    this.#release.abort();
    clearTimeout(this.#timer);
    if (this.#callback !== undefined) this.#o.video.cancelVideoFrameCallback(this.#callback);
  }

  #onWatched = (): void => {
    // A video that waits for its first frame may not have begun to play.
    const isPaused = this.#o.video.paused && this.#watch.picture.kind !== 'none';
    this.#watch.watched(!document.hidden && !isPaused, performance.now());
    this.#schedule();
  };

  /** Older browsers cannot tell; then the counters do. */
  #awaitFrame(): void {
    const { video } = this.#o;
    if (!('requestVideoFrameCallback' in video)) return;
    this.#callback = video.requestVideoFrameCallback((_at, { width }) => {
      this.#awaitFrame();
      if (width <= PLACEHOLDER_WIDTH) return;
      this.#watch.shown(performance.now());
      this.#tell();
    });
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const { wakeAt } = this.#watch;
    if (wakeAt === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => void this.#look(), Math.max(1, wakeAt - performance.now()));
  }

  async #look(): Promise<void> {
    // Frames may have come since the timer was set.
    if (performance.now() >= this.#watch.wakeAt) {
      const counters = await this.#o.counters().catch(() => null);
      if (this.#release.signal.aborted) return;
      this.#watch.look(counters, performance.now());
      this.#tell();
    }
    this.#schedule();
  }

  #tell(): void {
    const { picture } = this.#watch;
    if (isSame(picture, this.#told)) return;
    this.#told = picture;
    this.#o.changed(picture);
  }
}

function isSame(a: Picture, b: Picture): boolean {
  return a.kind === b.kind && (a.kind === 'moving' || b.kind === 'moving' || a.cause === b.cause);
}
