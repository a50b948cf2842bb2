import assert from 'node:assert/strict';
import { ByteBucket } from './byte-bucket.ts';
import { RecentBytes } from './recent-bytes.ts';

export interface PacedFrame {
  readonly packets: readonly Buffer[];
}

/** Send the packets from `from` up to, not including, `to` of a frame now. */
export interface Slice<F> {
  frame: F;
  from: number;
  to: number;
  bytes: number;
}

export interface PacerLimits {
  /** Sent at once. A browser's socket buffer holds twice as much. */
  burstBytes: number;
  /** The queue should be sent within this time, as far as these rates allow, bytes per ms. */
  spreadMs: number;
  minRate: number;
  maxRate: number;
  /** The rate is never lower than this many times the rate of the stream. */
  headroom: number;
  /** A wake-up later than this is not made up for: the reader may be just as late. */
  catchUpMs: number;
  /** A frame is refused if it would exceed this queue size, or if the oldest frame has waited this long. */
  queueBytes: number;
  queueMs: number;
}

/**
 * 80 to 128 Mbit/s, which a browser on a busy machine can read: up to 1.6 MB within 100 ms, six frames at 60 a second, 2.5 MB
 * within ten, 5 MB within twenty.
 */
const LIMITS: PacerLimits = {
  burstBytes: 128 * 1024,
  spreadMs: 100,
  minRate: 10_000,
  maxRate: 16_000,
  headroom: 2,
  catchUpMs: 2,
  queueBytes: 16 * 1024 * 1024,
  queueMs: 2000,
};

interface Waiting<F> {
  frame: F;
  bytes: number;
  addedAt: number;
}

/**
 * When to send which packets of which frame, the same for all viewers: small frames at once, large ones in slices, in order.
 * Pure; times are monotonic ms.
 */
export class FramePacer<F extends PacedFrame> {
  readonly #limits: PacerLimits;
  readonly #bucket: ByteBucket;
  readonly #recent = new RecentBytes();
  readonly #queue: Waiting<F>[] = [];
  /** Packets and bytes of the first frame already sent. */
  #begun = 0;
  #begunBytes = 0;
  #queueBytes = 0;
  #rate: number;

  constructor(limits: Partial<PacerLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
    this.#bucket = new ByteBucket(this.#limits.burstBytes);
    this.#rate = this.#limits.minRate;
  }

  /** False: too much is waiting, and the frame is refused. */
  add(frame: F, now: number): boolean {
    let bytes = 0;
    for (const { length } of frame.packets) bytes += length;
    const [oldest] = this.#queue;
    const { queueBytes, queueMs } = this.#limits;
    if (oldest !== undefined && (this.#queueBytes + bytes > queueBytes || now - oldest.addedAt > queueMs)) return false;
    this.#queue.push({ frame, bytes, addedAt: now });
    this.#queueBytes += bytes;
    this.#recent.add(bytes, now);
    this.#rate = this.#rateFor(now, oldest === undefined ? 0 : this.#rate);
    return true;
  }

  /**
   * What to send next; null: nothing now. A frame that cannot be sent whole is sent in parts of at most `partBytes`: ask for
   * one part per turn.
   */
  next(now: number, partBytes = Number.POSITIVE_INFINITY): Slice<F> | null {
    const [head] = this.#queue;
    if (head === undefined) return null;
    const available = this.#bucket.available(now, this.#rate);
    const part = Math.min(this.#rate * this.#limits.catchUpMs, partBytes);
    const { packets } = head.frame;
    const from = this.#begun;
    let [to, bytes] = [packets.length, head.bytes - this.#begunBytes];
    if (bytes > available || (from > 0 && bytes > part)) {
      const most = Math.min(available, part);
      [to, bytes] = [from, 0];
      while (to < packets.length && bytes + packets[to]!.length <= most) bytes += packets[to++]!.length;
      if (to === from) return null;
    }
    this.#bucket.spend(bytes);
    this.#queueBytes -= bytes;
    [this.#begun, this.#begunBytes] = [to, this.#begunBytes + bytes];
    if (to === packets.length) {
      this.#queue.shift();
      assert.ok(this.#begunBytes === head.bytes, 'the bytes of a frame are miscounted');
      assert.ok(this.#queue.length > 0 || this.#queueBytes === 0, 'the bytes that wait are miscounted');
      [this.#begun, this.#begunBytes] = [0, 0];
    }
    return { frame: head.frame, from, to, bytes };
  }

  /** When there is more to send, ms; Infinity: never, until a frame is added. */
  wakeAt(now: number): number {
    const [head] = this.#queue;
    if (head === undefined) return Number.POSITIVE_INFINITY;
    this.#bucket.available(now, this.#rate);
    return Math.max(now, this.#bucket.readyAt(head.frame.packets[this.#begun]!.length, this.#rate));
  }

  /** The next frame to be sent. */
  get head(): F | undefined {
    return this.#queue[0]?.frame;
  }

  /** All waiting frames; the first may be partly sent. */
  *waiting(): Generator<F> {
    for (const { frame } of this.#queue) yield frame;
  }

  /** Bytes per ms; at least `before` while something waits. */
  #rateFor(now: number, before: number): number {
    const { spreadMs, minRate, maxRate, headroom } = this.#limits;
    const spread = Math.min(maxRate, Math.max(minRate, this.#queueBytes / spreadMs));
    return Math.max(before, spread, headroom * this.#recent.rate(now));
  }
}
