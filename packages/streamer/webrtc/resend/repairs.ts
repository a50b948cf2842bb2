import { TokenBucket } from '@moonshare/contract';

/** What a viewer gets again at once, and then each ms: a burst would be lost where the first one was. */
const BURST_BYTES = 64 * 1024;
const BYTES_PER_MS = 12_500;
const REMEMBERED_MS = 1000;

/** The packets that one viewer is to get again, each once however often it asks. Pure; times are monotonic ms. */
export class Repairs {
  readonly #bucket = new TokenBucket(BURST_BYTES);
  /** Sequence numbers by index of the history, in the order they were asked for. */
  readonly #wanted = new Map<number, number>();
  /** When packets were given again lately, in that order. */
  readonly #givenAt = new Map<number, number>();

  /** `againMs`: a packet that was given so lately may be on its way yet. */
  want(index: number, sequence: number, now: number, againMs: number): void {
    const givenAt = this.#givenAt.get(index);
    if (givenAt !== undefined && now - givenAt < againMs) return;
    if (!this.#wanted.has(index)) this.#wanted.set(index, sequence);
  }

  /** What goes next; null: nothing now. `bytesOf` null: the packet is gone, and costs nothing. */
  next(now: number, bytesOf: (index: number) => number | null): { index: number; sequence: number } | null {
    const next = this.#wanted.entries().next();
    if (next.done) return null;
    const [index, sequence] = next.value;
    const bytes = bytesOf(index) ?? 0;
    if (bytes > this.#bucket.available(now, BYTES_PER_MS)) return null;
    this.#bucket.spend(bytes);
    this.#wanted.delete(index);
    this.#note(index, now);
    return { index, sequence };
  }

  /** Nothing more than what was given: the browser asks again for what it still misses. */
  clear(): void {
    this.#wanted.clear();
  }

  /** When there is more to send, ms; Infinity: never, until something is wanted. */
  wakeAt(now: number): number {
    return this.#wanted.size === 0 ? Number.POSITIVE_INFINITY : now + 1;
  }

  #note(index: number, now: number): void {
    this.#givenAt.delete(index);
    this.#givenAt.set(index, now);
    for (const [given, at] of this.#givenAt) {
      if (now - at < REMEMBERED_MS) break;
      this.#givenAt.delete(given);
    }
  }
}
