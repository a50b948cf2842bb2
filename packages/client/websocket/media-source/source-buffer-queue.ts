import { mediaSourceType } from './media-source-type.ts';
import { join } from './mp4/box.ts';

/** Segments that wait for the browser, bytes. More than this comes only if it has stopped taking any. */
const MOST_WAITING = 32 * 1024 * 1024;

export interface SourceBufferEvents {
  /** The browser has no room for more. */
  overflowed(): void;
  /** It can be used no more. */
  failed(): void;
}

/**
 * A media source with one track, played by one element. A source buffer does one thing at a time, so that what comes meanwhile waits here.
 * Never reused: after a failure a new one is made.
 */
export class SourceBufferQueue {
  readonly #events: SourceBufferEvents;
  readonly #release = new AbortController();
  readonly #address: string;
  #buffer: SourceBuffer | null = null;
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  #waitingBytes = 0;
  /** Remove what comes before this, seconds. */
  #removeBefore = 0;

  /** `type`: with the codec. The element plays nothing else from now on. */
  constructor(element: HTMLMediaElement, type: string, events: SourceBufferEvents) {
    this.#events = events;
    const Source = mediaSourceType();
    if (Source === null) throw new Error('this browser has no MediaSource');
    const source = new Source();
    const { signal } = this.#release;
    this.#address = URL.createObjectURL(source);
    source.addEventListener('sourceopen', () => this.#open(source, type), { signal, once: true });
    source.addEventListener('sourceclose', () => this.#fail(), { signal });
    element.addEventListener('error', () => this.#fail(), { signal });
    // Without this, iPhones play no ManagedMediaSource.
    element.disableRemotePlayback = true;
    element.src = this.#address;
  }

  append(segment: Uint8Array<ArrayBuffer>): void {
    if (this.#release.signal.aborted) return;
    this.#waiting.push(segment);
    this.#waitingBytes += segment.length;
    if (this.#waitingBytes > MOST_WAITING) this.#fail();
    else this.#next();
  }

  /** Removes what comes before this, seconds. */
  remove(before: number): void {
    this.#removeBefore = before;
    this.#next();
  }

  close(): void {
    this.#release.abort();
    this.#waiting = [];
    URL.revokeObjectURL(this.#address);
  }

  #open(source: MediaSource, type: string): void {
    try {
      this.#buffer = source.addSourceBuffer(type);
    } catch {
      this.#fail();
      return;
    }
    const { signal } = this.#release;
    this.#buffer.addEventListener('updateend', () => this.#next(), { signal });
    this.#buffer.addEventListener('error', () => this.#fail(), { signal });
    this.#next();
  }

  #next(): void {
    const buffer = this.#buffer;
    if (buffer === null || buffer.updating || this.#release.signal.aborted) return;
    try {
      if (this.#isRemovable(buffer)) this.#remove(buffer);
      else if (this.#waiting.length > 0) this.#appendWaiting(buffer);
    } catch (error) {
      if (error instanceof DOMException && error.name === 'QuotaExceededError') this.#events.overflowed();
      else this.#fail();
    }
  }

  #isRemovable({ buffered }: SourceBuffer): boolean {
    return buffered.length > 0 && buffered.start(0) < this.#removeBefore;
  }

  #remove(buffer: SourceBuffer): void {
    const before = this.#removeBefore;
    // Once: browsers may leave a remainder.
    this.#removeBefore = 0;
    buffer.remove(0, before);
  }

  /** All at once: a browser that is behind would otherwise fall further behind. */
  #appendWaiting(buffer: SourceBuffer): void {
    const [only] = this.#waiting;
    const segments = this.#waiting.length === 1 ? only! : join(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    buffer.appendBuffer(segments);
  }

  #fail(): void {
    this.close();
    this.#events.failed();
  }
}
