import assert from 'node:assert/strict';
import { type EnetTimeout, HELD_OVERHEAD_BYTES } from './constants.ts';
import type { SendChannel } from './send-channel.ts';

export interface NewCommand {
  bytes: Buffer;
  channel: number;
  reliableSeq: number;
  /** Bytes of data in a reliable data command, as counted by the window. */
  payloadBytes: number;
  /** Numbering of its data channel; null for connection commands. */
  numbering: SendChannel | null;
}

/** A command waiting to be sent or acknowledged. */
export interface OutgoingCommand extends NewCommand {
  attempts: number;
  sentAt: number;
  /** When it has timed out. */
  due: number;
}

function keyOf(channel: number, seq: number): number {
  return (channel << 16) | seq;
}

/** The sending half of a connection: order, window, retransmission; protocol/2 §1.7, §1.9 and §1.12. */
export class SendQueue {
  /** Bytes of reliable payload that may be unacknowledged. */
  window: number;
  retransmissions = 0;
  /** What the queue holds, counted as by HeldBudget. */
  heldBytes = 0;
  /** Connection commands, which never wait for the window. */
  #bare: OutgoingCommand[] = [];
  #data: OutgoingCommand[] = [];
  #unreliable: Buffer[] = [];
  readonly #inFlight = new Map<number, OutgoingCommand>();
  #inFlightBytes = 0;
  /** No command times out before this; it may be too early, as ACKs do not move it. */
  #nextTimeout = Number.POSITIVE_INFINITY;
  /** Earliest transmission among the commands that have timed out since the last ACK. */
  #earliestTimedOut: number | null = null;

  constructor(window: number) {
    this.window = window;
  }

  pushReliable(c: NewCommand): void {
    (c.numbering === null ? this.#bare : this.#data).push({ ...c, attempts: 0, sentAt: 0, due: 0 });
    this.heldBytes += c.payloadBytes + HELD_OVERHEAD_BYTES;
  }

  pushUnreliable(bytes: Buffer): void {
    this.#unreliable.push(bytes);
  }

  clear(): void {
    this.#bare = [];
    this.#data = [];
    this.#unreliable = [];
    this.#inFlight.clear();
    this.#inFlightBytes = 0;
    this.heldBytes = 0;
  }

  /** Reliable commands waiting to be sent or acknowledged. */
  get unacknowledged(): number {
    return this.#bare.length + this.#data.length + this.#inFlight.size;
  }

  /** Nothing reliable is waiting or unacknowledged. */
  get idle(): boolean {
    return this.unacknowledged === 0;
  }

  /** On any ACK the give-up clock restarts. */
  anyAcknowledged(): void {
    this.#earliestTimedOut = null;
  }

  /** Removes an acknowledged command; false if the number is unknown. */
  acknowledge(channel: number, seq: number): boolean {
    const inFlight = this.#inFlight.get(keyOf(channel, seq));
    if (inFlight !== undefined) {
      this.#inFlight.delete(keyOf(channel, seq));
      this.#inFlightBytes -= inFlight.payloadBytes;
      this.#done(inFlight);
      return true;
    }
    // It may have timed out and be waiting for retransmission; those are at the front.
    for (const queue of [this.#bare, this.#data]) {
      for (let i = 0; i < queue.length && queue[i]!.attempts > 0; i++) {
        const c = queue[i]!;
        if (c.channel !== channel || c.reliableSeq !== seq) continue;
        queue.splice(i, 1);
        this.#done(c);
        return true;
      }
    }
    return false;
  }

  #done(c: OutgoingCommand): void {
    this.heldBytes -= c.payloadBytes + HELD_OVERHEAD_BYTES;
    c.numbering?.acknowledged(c.reliableSeq);
    this.#check();
  }

  /** Drifting counts would close the window for good, or let everything through. */
  #check(): void {
    assert.ok(this.heldBytes >= 0 && this.#inFlightBytes >= 0, 'more was acknowledged than sent');
    assert.ok(this.#inFlight.size > 0 || this.#inFlightBytes === 0, 'bytes are in flight without a command');
    assert.ok(!this.idle || this.heldBytes === 0, 'an empty queue holds bytes');
  }

  /** Puts timed-out commands back to the front. True: the peer must be given up. */
  expire(now: number, timeout: EnetTimeout): boolean {
    if (now < this.#nextTimeout) return false;
    this.#nextTimeout = Number.POSITIVE_INFINITY;
    const bare: OutgoingCommand[] = [];
    const data: OutgoingCommand[] = [];
    for (const [key, c] of this.#inFlight) {
      if (now < c.due) {
        this.#nextTimeout = Math.min(this.#nextTimeout, c.due);
        continue;
      }
      this.#earliestTimedOut = Math.min(this.#earliestTimedOut ?? c.sentAt, c.sentAt);
      const silence = now - this.#earliestTimedOut;
      if (silence >= timeout.maxMs) return true;
      if (2 ** (c.attempts - 1) >= timeout.limit && silence >= timeout.minMs) return true;
      this.#inFlight.delete(key);
      this.#inFlightBytes -= c.payloadBytes;
      (c.numbering === null ? bare : data).push(c);
    }
    if (bare.length > 0) this.#bare = bare.concat(this.#bare);
    if (data.length > 0) this.#data = data.concat(this.#data);
    return false;
  }

  /**
   * The commands of the next datagram, at most `room` bytes and `count` of them; empty if nothing may be sent.
   * `base` is the current base timeout.
   */
  take(room: number, count: number, now: number, base: number, limit: number): { bytes: Buffer[]; reliable: boolean } {
    const bytes: Buffer[] = [];
    let reliable = false;
    const fits = (b: Buffer) => bytes.length < count && b.length <= room;
    const put = (b: Buffer) => {
      bytes.push(b);
      room -= b.length;
    };
    const putReliable = (c: OutgoingCommand) => {
      put(c.bytes);
      reliable = true;
      this.#sent(c, now, base, limit);
    };
    while (this.#bare.length > 0 && fits(this.#bare[0]!.bytes)) putReliable(this.#bare.shift()!);
    while (this.#data.length > 0 && fits(this.#data[0]!.bytes) && this.#mayGo(this.#data[0]!)) {
      putReliable(this.#data.shift()!);
    }
    while (this.#unreliable.length > 0 && fits(this.#unreliable[0]!)) put(this.#unreliable.shift()!);
    return { bytes, reliable };
  }

  /** When the next command may time out. */
  get wakeAt(): number {
    return this.#inFlight.size === 0 ? Number.POSITIVE_INFINITY : this.#nextTimeout;
  }

  #mayGo(c: OutgoingCommand): boolean {
    if (this.#inFlightBytes + c.payloadBytes > this.window) return false;
    return c.attempts > 0 || c.numbering === null || c.numbering.mayOpen(c.reliableSeq);
  }

  #sent(c: OutgoingCommand, now: number, base: number, limit: number): void {
    if (c.attempts === 0) c.numbering?.sent(c.reliableSeq);
    else this.retransmissions++;
    c.due = now + base * (c.attempts < limit ? Math.max(1, c.attempts) : limit);
    c.attempts++;
    c.sentAt = now;
    this.#inFlight.set(keyOf(c.channel, c.reliableSeq), c);
    this.#inFlightBytes += c.payloadBytes;
    this.#nextTimeout = Math.min(this.#nextTimeout, c.due);
  }
}
