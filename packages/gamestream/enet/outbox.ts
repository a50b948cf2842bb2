import { encodeCommand } from './command.ts';
import { CONNECTION_CHANNEL, FRAGMENT_HEADER_BYTES, HEADER_BYTES } from './constants.ts';
import { SendChannel } from './send-channel.ts';
import type { SendQueue } from './send-queue.ts';
import { next16 } from './sequence.ts';
import type { EnetMode } from './types.ts';

/** Numbers the messages of a connection, splits them by the MTU and queues them; protocol/2 §1.7 and §1.11. */
export class Outbox {
  readonly #queue: SendQueue;
  readonly #channels = new Map<number, SendChannel>();
  #connectionSeq = 0;
  #unsequencedGroup = 0;

  constructor(queue: SendQueue) {
    this.#queue = queue;
  }

  nextConnectionSeq(): number {
    this.#connectionSeq = next16(this.#connectionSeq);
    return this.#connectionSeq;
  }

  /** Queues a connection command, made with the number it gets. */
  pushConnection(make: (reliableSeq: number) => Buffer): void {
    const reliableSeq = this.nextConnectionSeq();
    const bytes = make(reliableSeq);
    this.#queue.pushReliable({ bytes, channel: CONNECTION_CHANNEL, reliableSeq, payloadBytes: 0, numbering: null });
  }

  /** A message too long for one datagram is sent reliably, whatever its mode. */
  push(channel: number, data: Buffer, mode: EnetMode, mtu: number): void {
    const largest = mtu - HEADER_BYTES - FRAGMENT_HEADER_BYTES;
    if (data.length > largest) this.#pushFragments(channel, data, largest);
    else if (mode === 'unsequenced') this.#pushUnsequenced(channel, data);
    else if (mode === 'reliable' || !this.#pushUnreliable(channel, data)) this.#pushReliable(channel, data);
  }

  #pushUnsequenced(channel: number, data: Buffer): void {
    this.#unsequencedGroup = next16(this.#unsequencedGroup);
    const group = this.#unsequencedGroup;
    this.#queue.pushUnreliable(encodeCommand({ type: 'sendUnsequenced', channel, reliableSeq: 0, group, data }));
  }

  /** False if the unreliable numbers are used up and the message must be sent reliably. */
  #pushUnreliable(channel: number, data: Buffer): boolean {
    const numbers = this.#channel(channel).nextUnreliable();
    if (numbers === null) return false;
    this.#queue.pushUnreliable(encodeCommand({ type: 'sendUnreliable', channel, ...numbers, data }));
    return true;
  }

  #pushReliable(channel: number, data: Buffer): void {
    const numbering = this.#channel(channel);
    const reliableSeq = numbering.nextReliable();
    const bytes = encodeCommand({ type: 'sendReliable', channel, reliableSeq, data });
    this.#queue.pushReliable({ bytes, channel, reliableSeq, payloadBytes: data.length, numbering });
  }

  #pushFragments(channel: number, data: Buffer, size: number): void {
    const numbering = this.#channel(channel);
    const count = Math.ceil(data.length / size);
    let startSeq = 0;
    for (let number = 0; number < count; number++) {
      const reliableSeq = numbering.nextReliable();
      if (number === 0) startSeq = reliableSeq;
      const offset = number * size;
      const piece = data.subarray(offset, offset + size);
      const fields = { startSeq, count, number, total: data.length, offset, data: piece };
      const bytes = encodeCommand({ type: 'sendFragment', channel, reliableSeq, ...fields });
      this.#queue.pushReliable({ bytes, channel, reliableSeq, payloadBytes: piece.length, numbering });
    }
  }

  #channel(channel: number): SendChannel {
    let found = this.#channels.get(channel);
    if (found === undefined) {
      found = new SendChannel();
      this.#channels.set(channel, found);
    }
    return found;
  }
}
