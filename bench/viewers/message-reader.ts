/** Of a message: its kind and, of video, the number of the frame. */
const LOOKED_AT = 8;
const LONGEST_FRAME_HEADER = 10;
const SHORT_HEADER = 2;
const VIDEO = 2;
const ACKNOWLEDGE_EVERY = 8;
const BINARY = 0x82;
const PING = 0x89;

export interface ReadEvents {
  /** The last byte of this frame has come. */
  frame(number: number): void;
  acknowledgeEvery(ms: number): void;
  ping(): void;
}

/** Reads what acknowledgements need from what a streamer sends (protocol/6), and looks at nothing else. */
export class MessageReader {
  readonly #events: ReadEvents;
  /** Header of the WebSocket frame, then the first bytes of the message. */
  readonly #head = Buffer.alloc(LONGEST_FRAME_HEADER + LOOKED_AT);
  #headBytes = 0;
  /** Of the message, still to come. */
  #left = 0;

  constructor(events: ReadEvents) {
    this.#events = events;
  }

  read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const skipped = Math.min(this.#left, chunk.length - at);
        this.#left -= skipped;
        at += skipped;
      } else {
        this.#head[this.#headBytes++] = chunk[at++]!;
        this.#left = this.#leftAfterHead();
      }
      if (this.#left === 0) this.#end();
    }
  }

  /** NaN until the head is complete. */
  #leftAfterHead(): number {
    const head = this.#head;
    const short = head[1]! & 0x7f;
    const header = short === 127 ? LONGEST_FRAME_HEADER : short === 126 ? 4 : 2;
    if (this.#headBytes < 2 || this.#headBytes < header) return Number.NaN;
    const payload = header === 2 ? short : header === 4 ? head.readUInt16BE(2) : head.readUIntBE(4, 6);
    const lookedAt = this.#headBytes - header;
    return lookedAt < Math.min(payload, LOOKED_AT) ? Number.NaN : payload - lookedAt;
  }

  #end(): void {
    const head = this.#head.subarray(0, this.#headBytes);
    this.#headBytes = 0;
    if (head[0] === PING) this.#events.ping();
    if (head[0] !== BINARY) return;
    if (head[SHORT_HEADER] === ACKNOWLEDGE_EVERY && head[1] === 4)
      this.#events.acknowledgeEvery(head.readUInt16BE(SHORT_HEADER + 2));
    const message = head.subarray(-LOOKED_AT);
    if (message.length === LOOKED_AT && message[0] === VIDEO) this.#events.frame(message.readUInt32BE(4));
  }
}
