import assert from 'node:assert/strict';
import { DATA_HEADER, type DataChunk, type ForwardTsnChunk, type SackChunk } from './chunk.ts';
import { distance, isAfter, plus } from './serial.ts';
import type { OutgoingMessage } from './stream-queues.ts';

/** Reports of later chunks after which one counts as lost. */
const MISSING_REPORTS = 3;
/** Streams that one FORWARD-TSN may name. */
const MAX_SKIPPED_STREAMS = 256;

type Fate =
  /** Sent, and nothing heard of it. */
  | 'inFlight'
  /** Arrived beyond a gap. The peer may still change its mind. */
  | 'arrived'
  /** To be sent again. */
  | 'lost'
  /** Not to be sent again. */
  | 'abandoned';

interface Sent {
  message: OutgoingMessage;
  begin: boolean;
  end: boolean;
  payload: Buffer;
  fate: Fate;
  sentAt: number;
  transmissions: number;
  missing: number;
}

/** What a SACK taught us. */
export interface Acknowledged {
  /** Bytes that have newly arrived. */
  bytes: number;
  /** The cumulative TSN went forward. */
  advanced: boolean;
  /** The round trip of the chunk that was being timed. */
  roundTripMs: number | null;
  /** Something became lost. */
  lost: boolean;
  /** When the last of what has newly arrived was sent; only of what was sent once, since of others nobody knows. */
  lastSentAt: number;
}

/** Chunks that have a TSN and are not acknowledged for good: those after `cumulative`, without a gap. */
export class Outstanding {
  /** Messages may be given up (RFC 3758); set when the peer is known. */
  mayAbandon = false;
  readonly #abandoned: (message: OutgoingMessage) => void;
  readonly #chunks: Sent[] = [];
  #cumulative: number;
  #flightBytes = 0;
  #heldBytes = 0;
  #lostCount = 0;
  /** The TSN whose round trip is being measured. */
  #timed: number | null = null;

  /** `abandoned` is told of each message that is given up. */
  constructor(initialTsn: number, abandoned: (message: OutgoingMessage) => void) {
    this.#cumulative = plus(initialTsn, -1);
    this.#abandoned = abandoned;
  }

  get flightBytes(): number {
    return this.#flightBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  get count(): number {
    return this.#chunks.length;
  }

  get lastTsn(): number {
    return plus(this.#cumulative, this.#chunks.length);
  }

  get hasLost(): boolean {
    return this.#lostCount > 0;
  }

  /** Something is under way or has to be sent again, or the peer does not know yet what it need not wait for. */
  get isWaiting(): boolean {
    return this.#chunks.length > 0;
  }

  /** Sends a fragment for the first time. */
  add(message: OutgoingMessage, payload: Buffer, now: number): DataChunk {
    const sent: Sent = {
      message,
      payload,
      begin: message.sent === payload.length,
      end: message.sent === message.data.length,
      fate: 'inFlight',
      sentAt: now,
      transmissions: 1,
      missing: 0,
    };
    this.#chunks.push(sent);
    this.#flightBytes += cost(sent);
    this.#heldBytes += cost(sent);
    this.#timed ??= this.lastTsn;
    return this.#chunkAt(this.#chunks.length - 1);
  }

  /** Sends the first lost chunk again if it fits into `room` bytes with its header. */
  resend(room: number, now: number): DataChunk | null {
    let index = this.#firstLost();
    while (index >= 0 && this.#isOver(this.#chunks[index]!, now)) {
      this.#abandon(index);
      index = this.#firstLost();
    }
    const sent = this.#chunks[index];
    if (sent === undefined || cost(sent) > room) return null;
    sent.fate = 'inFlight';
    sent.transmissions += 1;
    sent.missing = 0;
    sent.sentAt = now;
    this.#lostCount -= 1;
    this.#flightBytes += cost(sent);
    // What was sent twice says nothing about the round trip.
    if (this.#timed !== null && !isAfter(this.#timed, plus(this.#cumulative, index + 1))) this.#timed = null;
    return this.#chunkAt(index);
  }

  /** Null if the SACK is older than what we know, or about what was never sent. */
  acknowledge(sack: SackChunk, recovering: boolean, now: number): Acknowledged | null {
    const ahead = distance(this.#cumulative, sack.cumulative);
    const count = this.#chunks.length;
    if (ahead > count || sack.gaps.some(([, last]) => ahead + last > count)) return null;
    const result: Acknowledged = {
      bytes: 0,
      advanced: ahead > 0,
      roundTripMs: null,
      lost: false,
      lastSentAt: Number.NEGATIVE_INFINITY,
    };
    for (let index = 0; index < ahead; index++) this.#arrive(index, 'for good', result, now);
    this.#chunks.splice(0, ahead);
    this.#cumulative = sack.cumulative;
    const highest = this.#takeGaps(sack.gaps, result, now);
    this.#countMissing(recovering && result.advanced ? this.#lastArrived() : highest, result, now);
    return result;
  }

  /** No answer in time: everything under way counts as lost. */
  timedOut(now: number): void {
    for (let index = 0; index < this.#chunks.length; index++) {
      if (this.#chunks[index]!.fate === 'inFlight') this.#lose(index, now);
    }
    this.#timed = null;
  }

  /** What the peer need not wait for; null if there is nothing. */
  forwardTsn(): ForwardTsnChunk | null {
    const last = new Map<number, number>();
    let skipped = 0;
    for (const [index, { fate, message }] of this.#chunks.entries()) {
      if (fate !== 'abandoned' && fate !== 'arrived') break;
      if (fate !== 'abandoned') continue;
      if (message.ordered) {
        if (last.size === MAX_SKIPPED_STREAMS && !last.has(message.stream)) break;
        last.set(message.stream, message.ssn);
      }
      skipped = index + 1;
    }
    if (skipped === 0) return null;
    return {
      type: 'forwardTsn',
      cumulative: plus(this.#cumulative, skipped),
      skipped: [...last].map(([stream, ssn]) => ({ stream, ssn })),
    };
  }

  clear(): void {
    this.#chunks.length = 0;
    this.#flightBytes = 0;
    this.#heldBytes = 0;
    this.#lostCount = 0;
  }

  #chunkAt(index: number): DataChunk {
    const { message, begin, end, payload } = this.#chunks[index]!;
    return {
      type: 'data',
      tsn: plus(this.#cumulative, index + 1),
      stream: message.stream,
      ssn: message.ordered ? message.ssn : 0,
      ppid: message.ppid,
      unordered: !message.ordered,
      begin,
      end,
      immediate: false,
      payload,
    };
  }

  #arrive(index: number, how: 'for good' | 'beyond a gap', result: Acknowledged, now: number): void {
    const sent = this.#chunks[index]!;
    if (sent.fate === 'inFlight') this.#flightBytes -= cost(sent);
    if (sent.fate === 'lost') this.#lostCount -= 1;
    if (sent.fate === 'inFlight' || sent.fate === 'lost') result.bytes += cost(sent);
    if (sent.fate === 'inFlight' && sent.transmissions === 1)
      result.lastSentAt = Math.max(result.lastSentAt, sent.sentAt);
    if (this.#timed === plus(this.#cumulative, index + 1)) {
      result.roundTripMs = sent.fate === 'inFlight' ? now - sent.sentAt : null;
      this.#timed = null;
    }
    if (how === 'for good') this.#heldBytes -= cost(sent);
    else if (sent.fate !== 'abandoned') sent.fate = 'arrived';
    assert.ok(this.#flightBytes >= 0 && this.#lostCount >= 0 && this.#heldBytes >= 0, 'more has arrived than was sent');
  }

  /** The index of the last chunk that has newly arrived beyond a gap; -1 if none has. */
  #takeGaps(gaps: SackChunk['gaps'], result: Acknowledged, now: number): number {
    let highest = -1;
    let index = 0;
    for (const [first, last] of gaps) {
      // Gaps that overlap or run backwards say nothing.
      if (first <= index || last < first) continue;
      for (; index < first - 1; index++) this.#forget(index);
      for (; index < last; index++) {
        const { fate } = this.#chunks[index]!;
        if (fate === 'inFlight' || fate === 'lost') highest = index;
        if (fate !== 'arrived') this.#arrive(index, 'beyond a gap', result, now);
      }
    }
    for (; index < this.#chunks.length; index++) this.#forget(index);
    return highest;
  }

  /** A receiver that runs out of memory may drop what it has reported. */
  #forget(index: number): void {
    const sent = this.#chunks[index]!;
    if (sent.fate !== 'arrived') return;
    sent.fate = 'inFlight';
    this.#flightBytes += cost(sent);
  }

  #lastArrived(): number {
    return this.#chunks.findLastIndex(({ fate }) => fate === 'arrived');
  }

  #countMissing(before: number, result: Acknowledged, now: number): void {
    for (let index = 0; index < before; index++) {
      const sent = this.#chunks[index]!;
      // What was sent again is only missing if something arrives that was sent after that.
      const isOvertaken = sent.transmissions === 1 || sent.sentAt < result.lastSentAt;
      if (sent.fate !== 'inFlight' || !isOvertaken) continue;
      sent.missing += 1;
      if (sent.missing < MISSING_REPORTS) continue;
      result.lost = true;
      this.#lose(index, now);
    }
  }

  #firstLost(): number {
    return this.#lostCount === 0 ? -1 : this.#chunks.findIndex(({ fate }) => fate === 'lost');
  }

  #isOver({ message, transmissions }: Sent, now: number): boolean {
    return this.mayAbandon && (transmissions > message.maxRetransmits || message.expiresAt <= now);
  }

  #lose(index: number, now: number): void {
    const sent = this.#chunks[index]!;
    assert.equal(sent.fate, 'inFlight');
    sent.fate = 'lost';
    this.#lostCount += 1;
    this.#flightBytes -= cost(sent);
    if (this.#isOver(sent, now)) this.#abandon(index);
  }

  /** A message goes as a whole, since the rest of it is of no use. Its fragments are neighbours. */
  #abandon(index: number): void {
    const { message } = this.#chunks[index]!;
    let first = index;
    while (this.#chunks[first - 1]?.message === message) first -= 1;
    for (let at = first; this.#chunks[at]?.message === message; at++) {
      const sent = this.#chunks[at]!;
      if (sent.fate === 'inFlight') this.#flightBytes -= cost(sent);
      if (sent.fate === 'lost') this.#lostCount -= 1;
      sent.fate = 'abandoned';
    }
    if (message.sent < message.data.length) this.#addEnd(message);
    this.#abandoned(message);
  }

  /**
   * A TSN for an end that is not sent. The peer may have all that was: it learns that the message is over only from a FORWARD-TSN that
   * goes beyond it. Nothing has been sent after a message whose end has not been sent, so this is the next TSN.
   */
  #addEnd(message: OutgoingMessage): void {
    assert.ok(this.#chunks.at(-1)?.message === message, 'something was sent amid a message');
    const end: Sent = {
      message,
      payload: Buffer.alloc(0),
      begin: false,
      end: true,
      fate: 'abandoned',
      sentAt: Number.NEGATIVE_INFINITY,
      transmissions: 0,
      missing: 0,
    };
    this.#chunks.push(end);
    this.#heldBytes += cost(end);
  }
}

/** What a chunk takes of windows and of memory. */
function cost({ payload }: Sent): number {
  return payload.length + DATA_HEADER;
}
