import { type CoreOutput, WakeTimer } from '@moonshare/sans-io';
import { FramePacer, type PacketHistory, type Slice } from '@moonshare/webrtc';

/** What all viewers together get per turn of a frame too large to send at once: audio and input get their turn in between. */
const TURN_BYTES = 512 * 1024;
const MIN_PART_BYTES = 16 * 1024;

/** Describes some packets of a frame. */
export interface VideoPart {
  /** Index of the first in the history; `bytes`: their total size. */
  index: number;
  bytes: number;
  now: number;
  keyFrame: boolean;
  /** The access unit begins, or ends, with these. */
  isFirst: boolean;
  isLast: boolean;
}

/** A receiver of video. */
export interface VideoSink {
  /** Packets of an access unit. False: it can take no more, and only a key frame helps. */
  sendVideo(packets: readonly Buffer[], part: VideoPart): boolean;
  /** Resends what may be sent now of the lost packets. */
  resend(): void;
}

interface VideoFrame {
  packets: readonly Buffer[];
  keyFrame: boolean;
  /** The viewers that get it and are still there. */
  viewers: VideoSink[];
}

/** The only path for video to the viewers of an engine: paced, in order, kept for resends. */
export class VideoDispatcher {
  readonly #history: PacketHistory;
  readonly #pacer = new FramePacer<VideoFrame>();
  /** Viewers with packets to be resent, and when to start. */
  readonly #resendAt = new Map<VideoSink, number>();
  readonly #timer = new WakeTimer<never>(
    (now) => this.#advance(now),
    () => {},
  );

  constructor(history: PacketHistory) {
    this.#history = history;
  }

  /** False: too much is waiting, and nobody gets it. */
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

  /** Sends what may go now. Returns when to go on: not in this millisecond, so that audio and input get their turn. */
  #proceed(now: number): number {
    for (let isWhole = true; isWhole; ) {
      const viewers = this.#pacer.head?.viewers.length ?? 0;
      const slice = this.#pacer.next(now, Math.max(MIN_PART_BYTES, TURN_BYTES / viewers));
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

  /** Later packets would refer to what it did not get. */
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
