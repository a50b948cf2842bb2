import type { RetransmissionTimeout } from './rto.ts';
import { isAfter, plus } from './serial.ts';
import type { Tlv } from './tlv.ts';

/** Parameters of RE-CONFIG, RFC 6525 §4. */
const PARAMETER = { outgoingReset: 13, response: 16 } as const;
/** Requests that we do not grant: to reset what we send, all TSNs, and to add streams either way. */
const DENIED = [14, 15, 17, 18];
const RESULT = { performed: 1, denied: 2, alreadyInProgress: 4, badSequence: 5, inProgress: 6 } as const;
const REQUEST_BYTES = 12;
/** Streams in one request. */
const MAX_STREAMS = 256;
const MAX_ATTEMPTS = 10;

interface Request {
  sequence: number;
  streams: number[];
  lastTsn: number;
  attempts: number;
  dueAt: number;
}

/** Both sides of resetting streams (RFC 6525), which is how data channels are closed. One request of ours is under way at a time. */
export class StreamReset {
  readonly #timeout: RetransmissionTimeout;
  /** The number of our next request. */
  #sequence: number;
  /** The number that the peer's next request has to have. */
  #expected: number;
  /** Streams to reset as soon as they have nothing more to send. */
  readonly #wanted = new Set<number>();
  #request: Request | null = null;
  /** A request of the peer's that comes after data that we miss. */
  #deferred: { lastTsn: number; streams: number[] } | null = null;
  #lastResult: number = RESULT.denied;
  /** Parameters to send now. */
  #answers: Tlv[] = [];

  constructor(options: { ourTsn: number; peerTsn: number; timeout: RetransmissionTimeout }) {
    this.#sequence = options.ourTsn;
    this.#expected = options.peerTsn;
    this.#timeout = options.timeout;
  }

  get wakeAt(): number {
    return this.#request?.dueAt ?? Number.POSITIVE_INFINITY;
  }

  want(stream: number): void {
    this.#wanted.add(stream);
  }

  /** Nothing more may be sent on it until it has been reset. */
  isResetting(stream: number): boolean {
    return this.#wanted.has(stream) || (this.#request?.streams.includes(stream) ?? false);
  }

  /** The RE-CONFIG parameters to send now, one chunk each; null if the peer has not answered for too long. */
  due(state: { isEmpty(stream: number): boolean; lastTsn: number }, now: number): Tlv[] | null {
    const parameters = this.#answers;
    this.#answers = [];
    if (this.#request === null) this.#begin(state, now);
    const request = this.#request;
    if (request === null || now < request.dueAt) return parameters;
    if (request.attempts === MAX_ATTEMPTS) return null;
    if (request.attempts > 0) this.#timeout.backOff();
    request.attempts += 1;
    request.dueAt = now + this.#timeout.ms;
    parameters.push(this.#encode(request));
    return parameters;
  }

  /** A parameter of the peer's. Returns the streams whose reset is settled, if any. */
  receive({ type, value }: Tlv, cumulative: number, now: number): { streams: number[]; by: 'us' | 'them' } | null {
    if (type === PARAMETER.response && value.length >= 8) {
      return this.#answered(value.readUInt32BE(0), value.readUInt32BE(4), now);
    }
    if (type === PARAMETER.outgoingReset && value.length >= REQUEST_BYTES) return this.#requested(value, cumulative);
    if (DENIED.includes(type) && value.length >= 4) this.#answer(value.readUInt32BE(0), RESULT.denied);
    return null;
  }

  /** Data have arrived up to `cumulative`: a request that came before them can be granted. */
  settle(cumulative: number): { streams: number[]; by: 'them' } | null {
    const deferred = this.#deferred;
    if (deferred === null || isAfter(deferred.lastTsn, cumulative)) return null;
    this.#answer(this.#expected, RESULT.performed);
    return { streams: deferred.streams, by: 'them' };
  }

  #begin({ isEmpty, lastTsn }: { isEmpty(stream: number): boolean; lastTsn: number }, now: number): void {
    const streams = [...this.#wanted].filter(isEmpty).slice(0, MAX_STREAMS);
    if (streams.length === 0) return;
    for (const stream of streams) this.#wanted.delete(stream);
    this.#request = { sequence: this.#sequence, streams, lastTsn, attempts: 0, dueAt: now };
    this.#sequence = plus(this.#sequence, 1);
  }

  #encode({ sequence, streams, lastTsn }: Request): Tlv {
    const value = Buffer.alloc(REQUEST_BYTES + 2 * streams.length);
    value.writeUInt32BE(sequence, 0);
    value.writeUInt32BE(plus(this.#expected, -1), 4);
    value.writeUInt32BE(lastTsn, 8);
    streams.forEach((stream, index) => {
      value.writeUInt16BE(stream, REQUEST_BYTES + 2 * index);
    });
    return { type: PARAMETER.outgoingReset, value };
  }

  #answered(sequence: number, result: number, now: number): { streams: number[]; by: 'us' } | null {
    const request = this.#request;
    if (request === null || request.sequence !== sequence) return null;
    if (result === RESULT.inProgress || result === RESULT.alreadyInProgress) {
      request.attempts = 1;
      request.dueAt = now + this.#timeout.ms;
      return null;
    }
    // If the peer refuses, it has its reasons not to know the stream: we are done with it all the same.
    this.#request = null;
    return { streams: request.streams, by: 'us' };
  }

  #requested(value: Buffer, cumulative: number): { streams: number[]; by: 'them' } | null {
    const sequence = value.readUInt32BE(0);
    if (sequence !== this.#expected) {
      this.#answer(sequence, RESULT.badSequence);
      return null;
    }
    const lastTsn = value.readUInt32BE(8);
    const streams: number[] = [];
    for (let at = REQUEST_BYTES; at + 2 <= value.length; at += 2) streams.push(value.readUInt16BE(at));
    if (isAfter(lastTsn, cumulative)) {
      this.#deferred = { lastTsn, streams };
      this.#answers.push(response(sequence, RESULT.inProgress));
      return null;
    }
    this.#answer(sequence, RESULT.performed);
    return { streams, by: 'them' };
  }

  /** Answers a request for good; one that has been answered before gets the same again. */
  #answer(sequence: number, result: number): void {
    if (sequence === this.#expected) {
      this.#expected = plus(sequence, 1);
      this.#lastResult = result;
      this.#deferred = null;
      this.#answers.push(response(sequence, result));
    } else {
      const isRepeated = sequence === plus(this.#expected, -1);
      this.#answers.push(response(sequence, isRepeated ? this.#lastResult : RESULT.badSequence));
    }
  }
}

function response(sequence: number, result: number): Tlv {
  const value = Buffer.alloc(8);
  value.writeUInt32BE(sequence, 0);
  value.writeUInt32BE(result, 4);
  return { type: PARAMETER.response, value };
}
