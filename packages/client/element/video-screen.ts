import type { LiveSource, ViewerStream } from '../transport/media-transport.ts';

/** Chromium reports a black frame of this size before a stream's first one. */
const PLACEHOLDER_WIDTH = 2;

/** The video element with its source. A still of the old picture covers it until a new source shows its first one. */
export class VideoScreen {
  readonly #video: HTMLVideoElement;
  readonly #still: HTMLCanvasElement;
  /** What plays in it by itself. */
  #live: LiveSource | null = null;
  #hasStream = false;
  #release = new AbortController();

  constructor(video: HTMLVideoElement, still: HTMLCanvasElement) {
    this.#video = video;
    this.#still = still;
  }

  get hasStream(): boolean {
    return this.#hasStream;
  }

  show(stream: ViewerStream | null): void {
    this.#release.abort();
    this.#release = new AbortController();
    if (stream !== null && this.#hasStream && this.#still.hidden) this.#keepPicture();
    this.#live?.detach();
    this.#live = stream === null || stream instanceof MediaStream ? null : stream;
    this.#hasStream = stream !== null;
    if (stream === null || stream instanceof MediaStream) {
      this.#video.removeAttribute('src');
      this.#video.srcObject = stream;
    } else {
      this.#video.srcObject = null;
      stream.attach(this.#video);
    }
    if (stream === null) this.#uncover();
    else this.#uncoverWithFirstFrame(this.#release.signal);
  }

  /** Where the element has none of its own: waits until there is any, and rejects as `play()` does. */
  async playSound(): Promise<void> {
    await this.#live?.playSound();
  }

  #keepPicture(): void {
    const { videoWidth, videoHeight, style } = this.#video;
    if (videoWidth <= PLACEHOLDER_WIDTH) return;
    this.#still.width = videoWidth;
    this.#still.height = videoHeight;
    this.#still.getContext('2d')?.drawImage(this.#video, 0, 0);
    // A picture that is enlarged stays so.
    this.#still.style.transform = style.transform;
    this.#still.style.transformOrigin = style.transformOrigin;
    this.#still.hidden = false;
  }

  #uncoverWithFirstFrame(signal: AbortSignal): void {
    if (this.#still.hidden) return;
    if (!('requestVideoFrameCallback' in this.#video)) {
      (this.#video as HTMLVideoElement).addEventListener('loadeddata', () => this.#uncover(), { signal });
      return;
    }
    this.#video.requestVideoFrameCallback((_at, { width }) => {
      if (signal.aborted) return;
      if (width > PLACEHOLDER_WIDTH) this.#uncover();
      else this.#uncoverWithFirstFrame(signal);
    });
  }

  #uncover(): void {
    this.#still.hidden = true;
    this.#still.width = 0;
  }
}
