import { Duplex } from 'node:stream';
import { invariant, MAX_FRAME_DATA, TO_STREAMER_CREDIT } from '@moonshare/contract';

type Done = (error?: Error | null) => void;

/** What a stream has to say over its connection. */
export interface MultiplexedSocketEvents {
  /** `done`: call once all of it is on its way. */
  write(chunks: readonly Buffer[], done: Done): void;
  /** So many bytes have been read. */
  read(bytes: number): void;
  end(): void;
  /** Once; nothing follows. */
  closed(): void;
}

/** A browser's connection that stayed with the server, as one stream of the connection to it. */
export class MultiplexedSocket extends Duplex {
  readonly #events: MultiplexedSocketEvents;
  /** Received, and not wanted yet. */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #isWanted = false;
  #isEnded = false;
  /** Read, without its having been said. */
  #read = 0;

  constructor(events: MultiplexedSocketEvents) {
    super();
    this.#events = events;
  }

  receive(data: Buffer): void {
    this.#waitingBytes += data.length;
    const most = TO_STREAMER_CREDIT + MAX_FRAME_DATA;
    invariant(this.#waitingBytes + this.#read <= most, 'more than a stream may be sent');
    invariant(!this.#isEnded, 'data after the end of a stream');
    this.#waiting.push(data);
    if (this.#isWanted) this.#pass();
  }

  receiveEnd(): void {
    this.#isEnded = true;
    if (this.#isWanted) this.#pass();
  }

  override _read(): void {
    this.#isWanted = true;
    this.#pass();
  }

  override _write(chunk: Buffer, _encoding: string, done: Done): void {
    this.#events.write([chunk], done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: Done): void {
    this.#events.write(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  override _final(done: Done): void {
    this.#events.end();
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#waiting = [];
    this.#events.closed();
    done(error);
  }

  #pass(): void {
    while (this.#isWanted && this.#waiting.length > 0) {
      const data = this.#waiting.shift()!;
      this.#waitingBytes -= data.length;
      this.#read += data.length;
      this.#isWanted = this.push(data);
    }
    if (this.destroyed) return;
    if (this.#read >= TO_STREAMER_CREDIT / 4) {
      this.#events.read(this.#read);
      this.#read = 0;
    }
    if (this.#isEnded && this.#waiting.length === 0) this.push(null);
  }
}
