import { type PacketHistory, ResendBudget, SequenceWindow } from './resend/index.ts';
import { HEADER_BYTES, patchPacket, type StreamBinding } from './rtp/index.ts';

/** Hands a packet to the network; false: it could not take it. */
export type Send = (packet: Buffer) => boolean;

/** Counters of one stream to one viewer. */
export interface SentCounters {
  packets: number;
  /** Payload, as sender reports count. */
  payloadBytes: number;
  bytes: number;
}

/** One viewer's share of the picture: the packets are everybody's, the numbers its own. */
export class VideoSender {
  readonly sent: SentCounters = { packets: 0, payloadBytes: 0, bytes: 0 };
  #resent = 0;
  readonly #window: SequenceWindow;
  readonly #budget = new ResendBudget();

  /** `sequence`: random start, u16. */
  constructor(sequence: number) {
    this.#window = new SequenceWindow(sequence);
  }

  get packetsResent(): number {
    return this.#resent;
  }

  /** All packets of an access unit; `index` is the history's of the first. What the socket refuses counts as lost on the way. */
  send(packets: readonly Buffer[], index: number, binding: StreamBinding, send: Send): void {
    let bytes = 0;
    for (let offset = 0; offset < packets.length; offset += 1) {
      const packet = packets[offset]!;
      patchPacket(packet, binding, this.#window.advance(index + offset));
      send(packet);
      bytes += packet.length;
    }
    count(this.sent, packets.length, bytes);
    this.#budget.earn(bytes);
  }

  /** Sends again what was not received. false: some of it is gone for good, only a key frame helps. */
  resend(sequences: readonly number[], history: PacketHistory, binding: StreamBinding, send: Send): boolean {
    let isWhole = true;
    for (const sequence of sequences) {
      const index = this.#window.find(sequence);
      if (index === null) continue;
      const packet = history.get(index);
      if (packet === undefined) {
        isWhole = false;
        continue;
      }
      if (!this.#budget.spend(packet.length)) break;
      patchPacket(packet, binding, sequence);
      send(packet);
      this.#resent += 1;
      count(this.sent, 1, packet.length);
    }
    return isWhole;
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
