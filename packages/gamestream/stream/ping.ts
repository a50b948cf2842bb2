/** The steady pace, protocol/1 §8.5; Wolf must never see a faster one (protocol/1 §8.8). */
const STEADY_MS = 500;
/** The pace between the ANNOUNCE reply and the first datagram: Sunshine opens its ports in between and loses what came before. */
const FAST_MS = 40;

export interface PingOutput {
  /** To be sent to the stream's port now; null = nothing is due. */
  datagram: Buffer | null;
  /** Call `advance` at this time (ms) at the latest; Infinity before `start`. */
  wakeAt: number;
}

/** When to ping the media port of one stream, and with what (protocol/1 §8.5 and §8.8). Pure; times are monotonic ms. */
export class PingSchedule {
  readonly #payload: Buffer | null;
  #counter = 0;
  #nextAt = Number.POSITIVE_INFINITY;
  /** Between the ANNOUNCE reply and the first datagram of a host that gave a payload. */
  #fast = false;
  #flowing = false;

  /** payload: the 16 characters of the SETUP reply; null = the host gave none. */
  constructor(payload: string | null) {
    this.#payload = payload === null ? null : Buffer.from(payload, 'latin1');
  }

  /** The stream is set up: ping at once, or GFE and Wolf wait in vain. */
  start(now: number): PingOutput {
    this.#nextAt = now;
    return this.advance(now);
  }

  /** The ANNOUNCE reply came. */
  announced(now: number): PingOutput {
    if (this.#payload !== null && !this.#flowing) {
      this.#fast = true;
      if (Number.isFinite(this.#nextAt)) this.#nextAt = now;
    }
    return this.advance(now);
  }

  /** A datagram of this stream came: the host knows our address. */
  received(): void {
    this.#flowing = true;
    this.#fast = false;
  }

  advance(now: number): PingOutput {
    if (now < this.#nextAt) return { datagram: null, wakeAt: this.#nextAt };
    this.#nextAt = now + (this.#fast ? FAST_MS : STEADY_MS);
    return { datagram: this.#ping(), wakeAt: this.#nextAt };
  }

  #ping(): Buffer {
    if (this.#payload === null) return Buffer.from('PING');
    this.#counter = (this.#counter + 1) >>> 0;
    const datagram = Buffer.alloc(this.#payload.length + 4);
    this.#payload.copy(datagram);
    datagram.writeUInt32BE(this.#counter, this.#payload.length);
    return datagram;
  }
}
