import assert from 'node:assert/strict';
import type { DataChunk, ForwardTsnChunk } from './chunk.ts';
import { isAfter, isAfter16, plus } from './serial.ts';

/** What keeping one chunk or message costs beside its bytes. */
export const HELD_OVERHEAD = 64;

export interface IncomingMessage {
  stream: number;
  ppid: number;
  data: Buffer;
}

interface Stream {
  nextSsn: number;
  /** Complete messages that wait for an earlier one. */
  waiting: Map<number, IncomingMessage>;
}

/**
 * Chunks become messages, and ordered messages wait for their turn. A message in one chunk is complete at once, wherever its TSN is.
 * Fragments have consecutive TSNs (RFC 9260 §6.9), so they are put together in that order, as soon as nothing is missing before them:
 * only one message is ever partly there, however many streams there are.
 */
export class Reassembly {
  readonly #maxMessageSize: number;
  readonly #deliver: (message: IncomingMessage) => void;
  readonly #streams = new Map<number, Stream>();
  /** Fragments beyond a gap, by TSN. */
  readonly #fragments = new Map<number, DataChunk>();
  #partial: { first: DataChunk; nextTsn: number; payloads: Buffer[]; bytes: number } | null = null;
  #heldBytes = 0;
  #dropped = 0;

  constructor(options: { maxMessageSize: number; deliver(message: IncomingMessage): void }) {
    this.#maxMessageSize = options.maxMessageSize;
    this.#deliver = options.deliver;
  }

  /** What is held, with what keeping it costs. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Chunks that made no sense where they came. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes a chunk that has not been here before. Its payload is copied. */
  add(chunk: DataChunk): void {
    const own = { ...chunk, payload: Buffer.from(chunk.payload) };
    if (chunk.begin && chunk.end) {
      this.#complete(own, own.payload);
      return;
    }
    this.#fragments.set(chunk.tsn, own);
    this.#hold(own.payload.length);
  }

  /** The TSN is now without a gap before it, or what was missing there will not come. False if the message it belongs to is too long. */
  reach(tsn: number): boolean {
    const chunk = this.#fragments.get(tsn);
    if (chunk === undefined) {
      // A whole message, after which the rest of another cannot follow.
      this.#dropPartial();
      return true;
    }
    this.#fragments.delete(tsn);
    this.#release(chunk.payload.length);
    return this.#append(chunk);
  }

  /** What is missing up to here will not come. What is complete has been acknowledged, so it is delivered all the same. */
  forward(chunk: ForwardTsnChunk): boolean {
    const reached = [...this.#fragments.keys()].filter((tsn) => !isAfter(tsn, chunk.cumulative));
    reached.sort((a, b) => (isAfter(a, b) ? 1 : -1));
    if (!reached.every((tsn) => this.reach(tsn))) return false;
    if (this.#partial?.nextTsn !== plus(chunk.cumulative, 1)) this.#dropPartial();
    for (const { stream: id, ssn } of chunk.skipped) this.#skip(id, ssn);
    return true;
  }

  /** The peer counts from the start again on these streams. */
  resetStreams(ids: Iterable<number>): void {
    for (const id of ids) {
      for (const { data } of this.#streams.get(id)?.waiting.values() ?? []) this.#release(data.length);
      this.#streams.delete(id);
    }
  }

  /** Streams that anything ordered came on. */
  get streams(): number[] {
    return [...this.#streams.keys()];
  }

  #append(chunk: DataChunk): boolean {
    if (chunk.begin) {
      this.#dropPartial();
      this.#partial = { first: chunk, nextTsn: chunk.tsn, payloads: [], bytes: 0 };
    }
    const partial = this.#partial;
    if (partial === null || partial.nextTsn !== chunk.tsn || !belong(partial.first, chunk)) {
      this.#dropPartial();
      this.#dropped += 1;
      return true;
    }
    partial.nextTsn = plus(chunk.tsn, 1);
    partial.payloads.push(chunk.payload);
    partial.bytes += chunk.payload.length;
    this.#hold(chunk.payload.length);
    if (partial.bytes > this.#maxMessageSize) return false;
    if (!chunk.end) return true;
    const data = Buffer.concat(partial.payloads);
    this.#dropPartial();
    this.#complete(partial.first, data);
    return true;
  }

  #dropPartial(): void {
    for (const { length } of this.#partial?.payloads ?? []) this.#release(length);
    this.#partial = null;
  }

  #complete({ stream: id, ssn, ppid, unordered }: DataChunk, data: Buffer): void {
    const message = { stream: id, ppid, data };
    if (unordered) {
      this.#deliver(message);
      return;
    }
    const stream = this.#stream(id);
    if (isAfter16(stream.nextSsn, ssn) || stream.waiting.has(ssn)) {
      this.#dropped += 1;
      return;
    }
    if (ssn !== stream.nextSsn) {
      stream.waiting.set(ssn, message);
      this.#hold(data.length);
      return;
    }
    stream.nextSsn = (ssn + 1) & 0xffff;
    this.#deliver(message);
    this.#deliverWaiting(stream);
  }

  /** Messages up to `ssn` will not come, except for those that are here. */
  #skip(id: number, ssn: number): void {
    const stream = this.#stream(id);
    if (isAfter16(stream.nextSsn, ssn)) return;
    const here = [...stream.waiting.keys()].filter((number) => !isAfter16(number, ssn));
    here.sort((a, b) => (isAfter16(a, b) ? 1 : -1));
    for (const number of here) this.#deliverOne(stream, number);
    stream.nextSsn = (ssn + 1) & 0xffff;
    this.#deliverWaiting(stream);
  }

  #deliverWaiting(stream: Stream): void {
    while (stream.waiting.has(stream.nextSsn)) {
      this.#deliverOne(stream, stream.nextSsn);
      stream.nextSsn = (stream.nextSsn + 1) & 0xffff;
    }
  }

  #deliverOne(stream: Stream, ssn: number): void {
    const message = stream.waiting.get(ssn)!;
    stream.waiting.delete(ssn);
    this.#release(message.data.length);
    this.#deliver(message);
  }

  #stream(id: number): Stream {
    let stream = this.#streams.get(id);
    if (stream === undefined) {
      stream = { nextSsn: 0, waiting: new Map() };
      this.#streams.set(id, stream);
    }
    return stream;
  }

  #hold(bytes: number): void {
    this.#heldBytes += bytes + HELD_OVERHEAD;
  }

  #release(bytes: number): void {
    this.#heldBytes -= bytes + HELD_OVERHEAD;
    assert.ok(this.#heldBytes >= 0, 'more bytes are released than were held');
  }
}

function belong(first: DataChunk, { stream, ssn, unordered }: DataChunk): boolean {
  return first.stream === stream && first.unordered === unordered && (unordered || first.ssn === ssn);
}
