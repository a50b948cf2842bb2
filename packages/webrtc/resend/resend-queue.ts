import { ByteBucket } from '../pacing/byte-bucket.ts';

/** What is resent at once, and then per ms: a larger burst would be lost like the first time. */
const BURST_BYTES = 64 * 1024;
const BYTES_PER_MS = 12_500;
const REMEMBERED_MS = 1000;

/** The packets to resend to one viewer, each once however often it asks. Pure; times are monotonic ms. */
export class ResendQueue {
  readonly #bucket = new ByteBucket(BURST_BYTES);
  /** Sequence numbers by index in the history, in the order they were requested. */
  readonly #waiting = new Map<number, number>();
  /** When packets were last resent, in that order. */
  readonly #sentAt = new Map<number, number>();

  /** `resendGapMs`: a packet resent more recently than this may still be on its way. */
  add(index: number, sequence: number, now: number, resendGapMs: number): void {
    const sentAt = this.#sentAt.get(index);
    if (sentAt !== undefined && now - sentAt < resendGapMs) return;
    if (!this.#waiting.has(index)) this.#waiting.set(index, sequence);
  }

  /** What to send next; null: nothing now. `bytesOf` null: the packet is gone, and costs nothing. */
  next(now: number, bytesOf: (index: number) => number | null): { index: number; sequence: number } | null {
    const next = this.#waiting.entries().next();
    if (next.done) return null;
    const [index, sequence] = next.value;
    const bytes = bytesOf(index) ?? 0;
    if (bytes > this.#bucket.available(now, BYTES_PER_MS)) return null;
    this.#bucket.spend(bytes);
    this.#waiting.delete(index);
    this.#noteSent(index, now);
    return { index, sequence };
  }

  /** Drops the rest: the browser asks again for what it still misses. */
  clear(): void {
    this.#waiting.clear();
  }

  /** When there is more to send, ms; Infinity: never, until something is added. */
  wakeAt(now: number): number {
    return this.#waiting.size === 0 ? Number.POSITIVE_INFINITY : now + 1;
  }

  #noteSent(index: number, now: number): void {
    this.#sentAt.delete(index);
    this.#sentAt.set(index, now);
    for (const [sent, at] of this.#sentAt) {
      if (now - at < REMEMBERED_MS) break;
      this.#sentAt.delete(sent);
    }
  }
}
