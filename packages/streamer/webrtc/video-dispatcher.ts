import { type CoreOutput, WakeTimer } from '@moonshare/gamestream';
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
  readonly #pacer = new FramePacer<VideoFrame>();
  /** Viewers that are owed packets again, and from when on. */
  readonly #resendAt = new Map<VideoSink, number>();
  readonly #timer = new WakeTimer<never>(
    (now) => this.#advance(now),
    () => {},
  );

  constructor(history: PacketHistory) {
    this.#history = history;
  }

  /** false: too much waits already, nobody gets it. */
  send(frame: VideoFrame): boolean {
    if (frame.packets.length === 0 || frame.viewers.length === 0) return true;
    const now = performance.now();
    if (!this.#pacer.add(frame, now)) return false;
    this.#timer.take({ events: [], wakeAt: this.#proceed(now) });
    return true;
  }

  resendLater(viewer: VideoSink, at: number): void {
    this.#resendAt.set(viewer, at);
    this.#timer.take({ events: [], wakeAt: at });
  }

  close(): void {
    this.#timer.stop();
  }

  /** Sends what may go now. Returns when there is more: not in this millisecond, so that sound and input come in between. */
  #proceed(now: number): number {
    for (let isWhole = true; isWhole; ) {
      const viewers = this.#pacer.head?.viewers.length ?? 0;
      const slice = this.#pacer.next(now, Math.max(LEAST_PART_BYTES, TURN_BYTES / viewers));
      if (slice === null) break;
      this.#release(slice, now);
      isWhole = slice.to === slice.frame.packets.length;
    }
    return Math.max(now + 1, this.#pacer.wakeAt(now));
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

  #advance(now: number): CoreOutput<never> {
    const wakeAt = this.#proceed(now);
    for (const [viewer, at] of this.#resendAt) {
      if (at > now) continue;
      this.#resendAt.delete(viewer);
      viewer.resend();
    }
    return { events: [], wakeAt: Math.min(wakeAt, ...this.#resendAt.values()) };
  }
}
