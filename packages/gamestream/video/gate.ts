import type { AccessUnit } from '../types.ts';
import { frameDistance } from './datagram.ts';
import type { VideoOutput } from './types.ts';

export interface GateOutput {
  /** What a decoder can use, in order. */
  frames: AccessUnit[];
  /** Send one IDR request now. */
  requestKeyFrame: boolean;
  /** Call `advance` at this time (ms) at the latest; Infinity when nothing waits. */
  wakeAt: number;
}

/** protocol/3 §4.6 */
const DEFAULT_RETRY_MS = 500;
/** A new need soon after a request waits this long: under heavy loss each key frame would be followed by a request. */
const MIN_INTERVAL_MS = 250;

/**
 * Lets out only what a decoder can use: nothing before the first key frame, nothing between a loss and the next key frame.
 * Says when one must be asked for: once when the need is established, then again until one comes. protocol/3 §4.5, §4.6.
 */
export class DecodeGate {
  readonly #retryMs: number;
  /** The frame that may follow; null while a key frame is waited for. */
  #next: number | null = null;
  /** When to ask for a key frame; Infinity while none is needed. */
  #dueAt = Number.POSITIVE_INFINITY;
  #requestedAt = Number.NEGATIVE_INFINITY;

  /** `retryMs`: the larger of 500 ms (the default) and two round trips. */
  constructor(options: { retryMs?: number | undefined } = {}) {
    this.#retryMs = options.retryMs ?? DEFAULT_RETRY_MS;
  }

  accept(output: VideoOutput, now: number): GateOutput {
    const frames: AccessUnit[] = [];
    let keyFrame = false;
    for (const frame of output.frames) {
      if (frame.keyFrame) {
        keyFrame = true;
        this.#dueAt = Number.POSITIVE_INFINITY;
      } else if (frame.frameIndex !== this.#next) {
        this.#close(now);
        continue;
      }
      frames.push(frame);
      this.#next = (frame.frameIndex + 1) >>> 0;
    }
    // With a key frame in the same output a loss was before it, or shows as a gap at the next frame.
    const next = this.#next;
    if (output.lost.some((lost) => next === null || (!keyFrame && frameDistance(next, lost.frameIndex) >= 0))) {
      this.#close(now);
    }
    return { ...this.advance(now), frames };
  }

  /** A key frame was asked for for another reason: counts as this gate's own request. */
  requested(now: number): void {
    this.#requestedAt = now;
    if (this.#dueAt !== Number.POSITIVE_INFINITY) this.#dueAt = now + this.#retryMs;
  }

  advance(now: number): GateOutput {
    const due = this.#dueAt !== Number.POSITIVE_INFINITY && now >= this.#dueAt;
    if (due) {
      this.#requestedAt = now;
      this.#dueAt = now + this.#retryMs;
    }
    return { frames: [], requestKeyFrame: due, wakeAt: this.#dueAt };
  }

  #close(now: number): void {
    this.#next = null;
    if (this.#dueAt === Number.POSITIVE_INFINITY) this.#dueAt = Math.max(now, this.#requestedAt + MIN_INTERVAL_MS);
  }
}
