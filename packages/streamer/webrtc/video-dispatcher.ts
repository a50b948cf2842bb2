import { FramePacer, type Slice } from './pacing/frame-pacer.ts';
import type { PacketHistory } from './resend/packet-history.ts';

/** What all viewers together get in one turn of a frame that is too large to go at once: sound and input come in between. */
const TURN_BYTES = 512 * 1024;
const LEAST_PART_BYTES = 16 * 1024;

/** Which packets of a picture these are. */
export interface VideoPart {
  /** Of the first in the history; `bytes` in all. */
  index: number;
  bytes: number;
  now: number;
  keyFrame: boolean;
  /** The access unit begins here, and ends here. */
  isFirst: boolean;
  isLast: boolean;
}

/** Who gets pictures. */
export interface VideoSink {
  /** Packets of an access unit. false: it can take none any more, so that nothing helps but a key frame. */
  sendVideo(packets: readonly Buffer[], part: VideoPart): boolean;
  /** Sends again what may go now of what did not arrive. */
  resend(): void;
}

interface VideoFrame {
  packets: readonly Buffer[];
  keyFrame: boolean;
  /** All that get it, and are there still. */
  viewers: VideoSink[];
}

/** The one way of pictures to the viewers of an engine: paced, in order, remembered for repairs. */
export class VideoDispatcher {
  readonly #history: PacketHistory;
  readonly #now: () => number;
  readonly #pacer = new FramePacer<VideoFrame>();
  /** Viewers that are owed packets again, and from when on. */
  readonly #resendAt = new Map<VideoSink, number>();
  #timer: NodeJS.Timeout | null = null;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(history: PacketHistory, now: () => number) {
    this.#history = history;
    this.#now = now;
  }

  /** false: too much waits already, nobody gets it. */
  send(frame: VideoFrame): boolean {
    if (frame.packets.length === 0 || frame.viewers.length === 0) return true;
    const now = this.#now();
    if (!this.#pacer.add(frame, now)) return false;
    this.#proceed(now);
    return true;
  }

  resendLater(viewer: VideoSink, at: number): void {
    this.#resendAt.set(viewer, at);
    this.#wake(at);
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#timerAt = Number.NEGATIVE_INFINITY;
  }

  #proceed(now: number): void {
    for (let isWhole = true; isWhole; ) {
      const viewers = this.#pacer.head?.viewers.length ?? 0;
      const slice = this.#pacer.next(now, Math.max(LEAST_PART_BYTES, TURN_BYTES / viewers));
      if (slice === null) break;
      this.#release(slice, now);
      isWhole = slice.to === slice.frame.packets.length;
    }
    this.#wake(this.#pacer.wakeAt(now));
  }

  #release({ frame, from, to, bytes }: Slice<VideoFrame>, now: number): void {
    const isLast = to === frame.packets.length;
    const isFirst = from === 0;
    const packets = isFirst && isLast ? frame.packets : frame.packets.slice(from, to);
    const index = this.#history.append(packets, now);
    const part = { index, bytes, now, keyFrame: frame.keyFrame, isFirst, isLast };
    for (const viewer of [...frame.viewers]) if (!viewer.sendVideo(packets, part)) this.#exclude(viewer, frame);
  }

  /** What follows would refer to what it did not get. */
  #exclude(viewer: VideoSink, frame: VideoFrame): void {
    for (const { viewers } of [frame, ...this.#pacer.waiting()]) {
      const at = viewers.indexOf(viewer);
      if (at >= 0) viewers.splice(at, 1);
    }
  }

  #onTimer(): void {
    this.#timer = null;
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.#now();
    this.#proceed(now);
    for (const [viewer, at] of this.#resendAt) {
      if (at > now) this.#wake(at);
      else {
        this.#resendAt.delete(viewer);
        viewer.resend();
      }
    }
  }

  #wake(at: number): void {
    if (at >= this.#timerAt) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#onTimer(), Math.max(1, Math.ceil(at - this.#now())));
  }
}
