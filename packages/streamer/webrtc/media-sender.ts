import { clamp, invariant } from '@moonshare/contract';
import type { PacketHistory } from './resend/packet-history.ts';
import { ResendBudget } from './resend/resend-budget.ts';
import { ResendQueue } from './resend/resend-queue.ts';
import { SequenceWindow } from './resend/sequence-window.ts';
import { HEADER_BYTES, MAX_PAYLOAD, patchPacket, type StreamBinding } from './rtp/packet.ts';
import type { VideoPart } from './video-dispatcher.ts';

/** A packet that was sent again is not sent again within a round trip, taken as no less and no more than this. */
const LEAST_AGAIN_MS = 20;
const MOST_AGAIN_MS = 500;

/** Hands a packet to the network; false: it could not take it. */
export type Send = (packet: Buffer) => boolean;

/** Counters of one stream to one viewer. */
export interface SentCounters {
  packets: number;
  /** Payload, as sender reports count. */
  payloadBytes: number;
  bytes: number;
}

/** What resending came to. */
export interface ResendResult {
  /** Some of it is gone for good, and not made up for by a key frame since: only the next one helps. */
  isGone: boolean;
  /** Some of a key frame that left in parts went again: it may be whole soon. */
  includesKeyFrame: boolean;
  /** When there is more to send, ms; Infinity: nothing. */
  wakeAt: number;
}

/** One viewer's share of the picture: the packets are everybody's, the numbers its own. Times are monotonic ms. */
export class VideoSender {
  readonly sent: SentCounters = { packets: 0, payloadBytes: 0, bytes: 0 };
  #resent = 0;
  /** Of the first packet of the last key frame. */
  #keyFrameIndex = 0;
  /** Behind its last one that has left, if it left in parts; else no more than its first. */
  #keyFrameEnd = 0;
  readonly #window: SequenceWindow;
  readonly #budget = new ResendBudget();
  readonly #resendQueue = new ResendQueue();

  /** `sequence`: random start, u16. */
  constructor(sequence: number) {
    this.#window = new SequenceWindow(sequence);
  }

  get packetsResent(): number {
    return this.#resent;
  }

  /**
   * Packets of an access unit. What the socket refuses counts as lost on the way. false: it refused every large one, as it does
   * where they would have to be fragmented.
   */
  send(packets: readonly Buffer[], part: VideoPart, binding: StreamBinding, send: Send): boolean {
    let [large, refused] = [0, 0];
    const { index, bytes, now } = part;
    invariant(
      part.isFirst || this.#window.continuesAt(index),
      'a viewer gets the rest of a frame without its beginning',
    );
    if (part.keyFrame) {
      if (part.isFirst) this.#keyFrameIndex = index;
      this.#keyFrameEnd = part.isFirst && part.isLast ? index : index + packets.length;
    }
    for (let offset = 0; offset < packets.length; offset += 1) {
      const packet = packets[offset]!;
      patchPacket(packet, binding, this.#window.advance(index + offset));
      const isTaken = send(packet);
      if (packet.length <= HEADER_BYTES + MAX_PAYLOAD) continue;
      large += 1;
      if (!isTaken) refused += 1;
    }
    count(this.sent, packets.length, bytes);
    this.#budget.earn(bytes, now);
    return large === 0 || refused < large;
  }

  /** These were not received: `resend` sends them. `rttMs` null: not known. */
  missing(sequences: readonly number[], now: number, rttMs: number | null): void {
    const againMs = clamp(rttMs ?? 0, LEAST_AGAIN_MS, MOST_AGAIN_MS);
    for (const sequence of sequences) {
      const index = this.#window.find(sequence);
      if (index !== null) this.#resendQueue.add(index, sequence, now, againMs);
    }
  }

  /** Sends again what may go now of what is missing. */
  resend(history: PacketHistory, now: number, binding: StreamBinding, send: Send): ResendResult {
    let [isGone, includesKeyFrame] = [false, false];
    const bytesOf = (index: number) => history.get(index)?.length ?? null;
    for (;;) {
      const next = this.#resendQueue.next(now, bytesOf);
      if (next === null) return { isGone, includesKeyFrame, wakeAt: this.#resendQueue.wakeAt(now) };
      const packet = history.get(next.index);
      if (packet === undefined) isGone ||= next.index >= this.#keyFrameIndex;
      else if (this.#budget.spend(packet.length, now)) {
        patchPacket(packet, binding, next.sequence);
        send(packet);
        includesKeyFrame ||= next.index >= this.#keyFrameIndex && next.index < this.#keyFrameEnd;
        this.#resent += 1;
        count(this.sent, 1, packet.length);
      } else this.#resendQueue.clear();
    }
  }
}

/** One viewer's share of the sound: numbered alike for everybody, because its gaps mean losses before us. */
export class AudioSender {
  readonly sent: SentCounters = { packets: 0, payloadBytes: 0, bytes: 0 };

  send(packet: Buffer, sequence: number, binding: StreamBinding, send: Send): void {
    patchPacket(packet, binding, sequence);
    send(packet);
    count(this.sent, 1, packet.length);
  }
}

function count(sent: SentCounters, packets: number, bytes: number): void {
  sent.packets += packets;
  sent.bytes += bytes;
  sent.payloadBytes += bytes - packets * HEADER_BYTES;
}
