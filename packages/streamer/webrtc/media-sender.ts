import { clamp, invariant } from '@moonshare/contract';
import {
  type PacketHistory,
  ResendBudget,
  ResendQueue,
  RTP_HEADER_BYTES,
  SequenceWindow,
  type StreamBinding,
} from '@moonshare/webrtc';
import type { SendRtp } from './connection.ts';
import type { VideoPart } from './video-dispatcher.ts';

/** A resent packet is not resent again within a round trip, which is taken as at least and at most these. */
const MIN_RESEND_GAP_MS = 20;
const MAX_RESEND_GAP_MS = 500;

/** Counters of one stream to one viewer. */
export interface SentCounters {
  packets: number;
  bytes: number;
  /** As sender reports count: what has the SSRC of the stream, and its payload. */
  own: { packets: number; payloadBytes: number };
}

/** The result of resending. */
export interface ResendResult {
  /** Some of it is gone, and no key frame has made up for it since: only the next one helps. */
  isGone: boolean;
  /** Parts of a key frame that was sent in parts were resent: it may soon be complete. */
  includesKeyFrame: boolean;
  /** When there is more to send, ms; Infinity: nothing. */
  wakeAt: number;
}

/** Sends video to one viewer: the packets are shared by all, the numbers are its own. Times are monotonic ms. */
export class VideoSender {
  readonly sent: SentCounters = { packets: 0, bytes: 0, own: { packets: 0, payloadBytes: 0 } };
  #resent = 0;
  /** Of the first packet of the last key frame. */
  #keyFrameIndex = 0;
  /** One past the last of its packets sent so far, if it was sent in parts; else its first. */
  #keyFrameEnd = 0;
  readonly #window: SequenceWindow;
  readonly #budget = new ResendBudget();
  readonly #resendQueue = new ResendQueue();

  /** `sequence`: random start, u15: a browser that misses the first packets must be able to tell how often the numbers have wrapped. */
  constructor(sequence: number) {
    this.#window = new SequenceWindow(sequence);
  }

  get packetsResent(): number {
    return this.#resent;
  }

  /**
   * Sends packets of an access unit. Packets the socket refuses count as lost on the way. False: it refused every large one, as it
   * does if they would have to be fragmented.
   */
  send(packets: readonly Buffer[], part: VideoPart, binding: StreamBinding, send: SendRtp): boolean {
    const { index, bytes, now } = part;
    invariant(
      part.isFirst || this.#window.continuesAt(index),
      'a viewer would get the rest of a frame without its beginning',
    );
    if (part.keyFrame) {
      if (part.isFirst) this.#keyFrameIndex = index;
      this.#keyFrameEnd = part.isFirst && part.isLast ? index : index + packets.length;
    }
    const areLargeTaken = send(packets, binding, this.#window.advance(index, packets.length));
    count(this.sent, packets.length, bytes);
    this.#budget.earn(bytes, now);
    return areLargeTaken;
  }

  /** These were not received: `resend` sends them. `rttMs` null: unknown. */
  missing(sequences: readonly number[], now: number, rttMs: number | null): void {
    const resendGapMs = clamp(rttMs ?? 0, MIN_RESEND_GAP_MS, MAX_RESEND_GAP_MS);
    for (const sequence of sequences) {
      const index = this.#window.find(sequence);
      if (index !== null) this.#resendQueue.add(index, sequence, now, resendGapMs);
    }
  }

  /** Resends what may be sent now of the missing packets. */
  resend(history: PacketHistory, now: number, binding: StreamBinding, send: SendRtp): ResendResult {
    let [isGone, includesKeyFrame] = [false, false];
    const bytesOf = (index: number) => history.get(index)?.length ?? null;
    for (;;) {
      const next = this.#resendQueue.next(now, bytesOf);
      if (next === null) return { isGone, includesKeyFrame, wakeAt: this.#resendQueue.wakeAt(now) };
      const packet = history.get(next.index);
      if (packet === undefined) isGone ||= next.index >= this.#keyFrameIndex;
      else if (this.#budget.spend(packet.length, now)) {
        if (!send([packet], binding, next.sequence)) {
          isGone ||= next.index >= this.#keyFrameIndex;
          continue;
        }
        includesKeyFrame ||= next.index >= this.#keyFrameIndex && next.index < this.#keyFrameEnd;
        this.#resent += 1;
        count(this.sent, 1, packet.length, binding.rtx === null);
      } else this.#resendQueue.clear();
    }
  }
}

/** Sends sound to one viewer: in steps alike for everyone, because its gaps are losses before us. */
export class AudioSender {
  readonly sent: SentCounters = { packets: 0, bytes: 0, own: { packets: 0, payloadBytes: 0 } };
  readonly #start: number;
  /** From everyone's numbers to this viewer's; null: nothing was sent. */
  #offset: number | null = null;

  /** `start`: random, u15, as of video. */
  constructor(start: number) {
    this.#start = start;
  }

  /** `sequence`: everyone's, u16. */
  send(packet: Buffer, sequence: number, binding: StreamBinding, send: SendRtp): void {
    this.#offset ??= this.#start - sequence;
    send([packet], binding, (sequence + this.#offset) & 0xffff);
    count(this.sent, 1, packet.length);
  }
}

function count(sent: SentCounters, packets: number, bytes: number, isOwn = true): void {
  sent.packets += packets;
  sent.bytes += bytes;
  if (!isOwn) return;
  sent.own.packets += packets;
  sent.own.payloadBytes += bytes - packets * RTP_HEADER_BYTES;
}
