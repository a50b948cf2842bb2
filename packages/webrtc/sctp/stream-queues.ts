import assert from 'node:assert/strict';

/** What keeping one message costs beside its bytes. */
export const MESSAGE_OVERHEAD = 64;

/** A message to send, and how far that has come. */
export interface OutgoingMessage {
  stream: number;
  ppid: number;
  data: Buffer;
  ordered: boolean;
  /** Infinity: as often as it takes. */
  maxRetransmits: number;
  /** Monotonic ms; Infinity: never. */
  expiresAt: number;
  /** The number within the stream, once the first fragment has been sent. */
  ssn: number;
  /** Bytes that have been handed out as fragments. */
  sent: number;
}

interface Stream {
  messages: OutgoingMessage[];
  bytes: number;
  nextSsn: number;
}

/** Messages that have not been sent whole. Streams take turns, message by message: only one is ever partly sent. */
export class StreamQueues {
  readonly #streams = new Map<number, Stream>();
  /** Those with messages, next first. */
  readonly #turns: number[] = [];
  #current: OutgoingMessage | null = null;
  #heldBytes = 0;
  #drained: number[] = [];

  /** What is queued, with what each message costs. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  get isEmpty(): boolean {
    return this.#turns.length === 0;
  }

  bufferedAmount(stream: number): number {
    return this.#streams.get(stream)?.bytes ?? 0;
  }

  push(message: OutgoingMessage): void {
    let stream = this.#streams.get(message.stream);
    if (stream === undefined) {
      stream = { messages: [], bytes: 0, nextSsn: 0 };
      this.#streams.set(message.stream, stream);
    }
    if (stream.messages.length === 0) this.#turns.push(message.stream);
    stream.messages.push(message);
    stream.bytes += message.data.length;
    this.#heldBytes += message.data.length + MESSAGE_OVERHEAD;
  }

  /** The message whose turn it is, without those that are too old to be begun. */
  next(now: number): OutgoingMessage | null {
    if (this.#current !== null) return this.#current;
    for (;;) {
      const id = this.#turns[0];
      if (id === undefined) return null;
      const message = this.#streams.get(id)!.messages[0]!;
      if (message.expiresAt > now) return message;
      this.#finish(message);
    }
  }

  /** Takes the next `bytes` bytes of the message that `next` returned. */
  take(message: OutgoingMessage, bytes: number): Buffer {
    const stream = this.#streams.get(message.stream)!;
    assert.ok(stream.messages[0] === message, 'a message is sent out of turn');
    if (message.sent === 0 && message.ordered) {
      message.ssn = stream.nextSsn;
      stream.nextSsn = (stream.nextSsn + 1) & 0xffff;
    }
    const part = message.data.subarray(message.sent, message.sent + bytes);
    message.sent += part.length;
    stream.bytes -= part.length;
    this.#heldBytes -= part.length;
    if (message.sent < message.data.length) this.#current = message;
    else this.#finish(message);
    return part;
  }

  /** The rest of a message that was begun will not be sent. */
  abandon(message: OutgoingMessage): void {
    if (this.#current === message) this.#finish(message);
  }

  /** Drops everything that is too old to be begun. */
  expire(now: number): void {
    for (const id of [...this.#turns]) {
      const { messages } = this.#streams.get(id)!;
      while (messages.length > 0 && messages[0] !== this.#current && messages[0]!.expiresAt <= now) {
        this.#finish(messages[0]!);
      }
    }
  }

  /** The stream counts from the start again. */
  reset(id: number): void {
    assert.equal(this.bufferedAmount(id), 0, 'a stream is reset while it has messages');
    this.#streams.delete(id);
  }

  /** Streams that have become empty since the last call. */
  takeDrained(): number[] {
    const drained = this.#drained;
    this.#drained = [];
    return drained;
  }

  clear(): void {
    this.#streams.clear();
    this.#turns.length = 0;
    this.#current = null;
    this.#heldBytes = 0;
    this.#drained = [];
  }

  /** The first message of its stream is done with. */
  #finish(message: OutgoingMessage): void {
    const stream = this.#streams.get(message.stream)!;
    assert.ok(stream.messages.shift() === message, 'a message ends out of turn');
    const rest = message.data.length - message.sent;
    stream.bytes -= rest;
    this.#heldBytes -= rest + MESSAGE_OVERHEAD;
    if (this.#current === message) this.#current = null;
    this.#turns.splice(this.#turns.indexOf(message.stream), 1);
    if (stream.messages.length > 0) {
      this.#turns.push(message.stream);
    } else {
      assert.equal(stream.bytes, 0, 'an empty stream has bytes');
      this.#drained.push(message.stream);
    }
  }
}
