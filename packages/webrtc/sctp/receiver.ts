import type { DataChunk, ForwardTsnChunk, SackChunk } from './chunk.ts';
import { HELD_OVERHEAD, type IncomingMessage, Reassembly } from './reassembly.ts';
import { ReceivedTsns } from './received-tsns.ts';
import { isAfter, plus } from './serial.ts';

/** RFC 9260 allows 200 ms and more; browsers with a short retransmission timeout would take that for a loss. */
const SACK_DELAY_MS = 50;
const PACKETS_PER_SACK = 2;
const TOO_LONG = 'a message is too long';

/** The receiving half: DATA and FORWARD-TSN in, messages and SACKs out. */
export class Receiver {
  readonly #tsns: ReceivedTsns;
  readonly #reassembly: Reassembly;
  readonly #window: number;
  readonly #maxMessageSize: number;
  readonly #streams: number;
  #sackAt = Number.POSITIVE_INFINITY;
  /** Packets with DATA since the last SACK. */
  #packets = 0;
  #isNewPacket = false;
  #dropped = 0;

  constructor(options: {
    initialTsn: number;
    /** Bytes. */
    window: number;
    maxMessageSize: number;
    /** The peer may use 0 to `streams` - 1. */
    streams: number;
    deliver(message: IncomingMessage): void;
  }) {
    this.#tsns = new ReceivedTsns(options.initialTsn);
    this.#window = options.window;
    this.#maxMessageSize = options.maxMessageSize;
    this.#streams = options.streams;
    this.#reassembly = new Reassembly(options);
  }

  get wakeAt(): number {
    return this.#sackAt;
  }

  get cumulative(): number {
    return this.#tsns.cumulative;
  }

  get heldBytes(): number {
    return this.#reassembly.heldBytes;
  }

  get dropped(): number {
    return this.#dropped + this.#reassembly.dropped;
  }

  /** Call it before the chunks of each packet. */
  beginPacket(): void {
    this.#isNewPacket = true;
  }

  /** What is wrong with the peer if it sends such a thing; null if nothing is. */
  data(chunk: DataChunk, now: number): string | null {
    this.#countPacket(now);
    const { tsn } = chunk;
    const before = this.#tsns.cumulative;
    const check = this.#tsns.check(tsn);
    // Whatever is not simply the next one is reported at once, so that the peer notices losses early.
    if (check !== 'new' || chunk.immediate || tsn !== plus(before, 1)) this.#sackAt = now;
    if (check === 'duplicate') this.#tsns.duplicate(tsn);
    if (check === 'refused') this.#dropped += 1;
    if (check !== 'new') return null;
    if (chunk.payload.length > this.#maxMessageSize) return TOO_LONG;
    const held = this.heldBytes + chunk.payload.length + HELD_OVERHEAD;
    if (held > this.#window && tsn !== plus(before, 1)) {
      this.#dropped += 1;
      this.#sackAt = now;
      return null;
    }
    // The next one always has room, or a full window would never empty; but then a message must come out at some point.
    if (held > this.#window + 2 * this.#maxMessageSize) return 'more is sent than the window allows';
    if (this.#tsns.hasGaps) this.#sackAt = now;
    this.#tsns.add(tsn);
    if (chunk.stream < this.#streams) this.#reassembly.add(chunk);
    else this.#dropped += 1;
    return this.#reach(before);
  }

  /** The peer gave up messages. */
  forward(chunk: ForwardTsnChunk, now: number): string | null {
    this.#sackAt = now;
    if (!isAfter(chunk.cumulative, this.#tsns.cumulative)) return null;
    const skipped = chunk.skipped.filter(({ stream }) => stream < this.#streams);
    if (!this.#reassembly.forward({ ...chunk, skipped })) return TOO_LONG;
    this.#tsns.forward(chunk.cumulative);
    return this.#reach(chunk.cumulative);
  }

  /** The peer counts from the start again; all streams if none is named. Returns which. */
  resetStreams(streams: readonly number[]): number[] {
    const ids = streams.length === 0 ? this.#reassembly.streams : streams.filter((id) => id < this.#streams);
    this.#reassembly.resetStreams(ids);
    return ids;
  }

  /** The SACK that is due, if one is. */
  sack(now: number): SackChunk | null {
    if (now < this.#sackAt) return null;
    this.#sackAt = Number.POSITIVE_INFINITY;
    this.#packets = 0;
    return { type: 'sack', window: Math.max(0, this.#window - this.heldBytes), ...this.#tsns.report() };
  }

  #countPacket(now: number): void {
    if (!this.#isNewPacket) return;
    this.#isNewPacket = false;
    this.#packets += 1;
    this.#sackAt = Math.min(this.#sackAt, this.#packets >= PACKETS_PER_SACK ? now : now + SACK_DELAY_MS);
  }

  /** Everything after `from` that now has no gap before it. */
  #reach(from: number): string | null {
    for (let tsn = from; tsn !== this.#tsns.cumulative; ) {
      tsn = plus(tsn, 1);
      if (!this.#reassembly.reach(tsn)) return TOO_LONG;
    }
    return null;
  }
}
