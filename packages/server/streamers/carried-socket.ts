import type { TLSSocket } from 'node:tls';
import {
  closeFrame,
  creditFrame,
  dataHeader,
  endFrame,
  invariant,
  MAX_FRAME_DATA,
  TO_SERVER_CREDIT,
  TO_STREAMER_CREDIT,
} from '@moonshare/contract';

/** How long one side has to accept what is left once the other has ended. */
const LINGER_MS = 2_000;
/** How long a browser may accept nothing of what waits for it: longer than its streamer waits for it to say something. */
export const STALL_MS = 10_000;

export interface CarriedSocketOptions {
  stream: number;
  /** To the process. */
  send: (...frames: readonly Buffer[]) => void;
  /** The browser's connection is closed: the last call. */
  closed: () => void;
  stallMs: number;
}

/** A browser's connection over TLS, as one stream of the connection to a streamer process. */
export class CarriedSocket {
  readonly #socket: TLSSocket;
  readonly #options: CarriedSocketOptions;
  readonly #stall: NodeJS.Timeout;
  #state: 'offered' | 'taken' | 'closed by the process' = 'offered';
  /** No more will come for it. */
  #isEnding = false;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #isWriting = false;
  /** Accepted by the connection, without its having been said. */
  #accepted = 0;
  #credit = TO_STREAMER_CREDIT;

  constructor(socket: TLSSocket, options: CarriedSocketOptions) {
    this.#socket = socket;
    this.#options = options;
    // Meanwhile nothing else would end the connection of a browser that reads nothing. It is left to run out when nothing waits: writes
    // are thousands a second.
    this.#stall = setTimeout(() => this.#isWriting && socket.destroy(), options.stallMs).unref();
    // Its close follows.
    socket.on('error', () => {});
    socket.once('close', () => this.#closed());
  }

  /** The process has not said anything of it yet. Until then nothing is read, so that it need not expect anything. */
  get isOffered(): boolean {
    return this.#state === 'offered';
  }

  write(data: Buffer): void {
    this.#take();
    this.#queue.push(data);
    this.#queuedBytes += data.length;
    invariant(this.#queuedBytes <= TO_SERVER_CREDIT + MAX_FRAME_DATA, 'more was sent to a browser than its credit');
    this.#writeNext();
  }

  grant(bytes: number): void {
    this.#credit += bytes;
    invariant(this.#credit <= TO_STREAMER_CREDIT, 'more was read than was sent');
    if (this.#credit > 0) this.#socket.resume();
  }

  end(): void {
    this.#take();
    this.#isEnding = true;
    this.#writeNext();
  }

  /** The process has closed it. */
  close(): void {
    this.end();
    this.#state = 'closed by the process';
  }

  /** The process is gone. */
  abandon(): void {
    this.close();
    this.#linger();
  }

  #take(): void {
    if (this.#state !== 'offered') return;
    this.#state = 'taken';
    this.#socket.on('data', (data: Buffer) => this.#read(data));
    this.#socket.once('end', () => this.#send(endFrame(this.#options.stream)));
    if (this.#socket.closed) this.#closed();
  }

  #read(data: Buffer): void {
    this.#send(dataHeader([this.#options.stream], data.length), data);
    this.#credit -= data.length;
    if (this.#credit <= 0) this.#socket.pause();
  }

  /** One at a time: TLS encrypts at once all that it is given, and the memory for that counts for each browser. */
  #writeNext(): void {
    if (this.#isWriting || this.#socket.destroyed) return;
    const data = this.#queue.shift();
    if (data === undefined) {
      if (this.#isEnding) this.#linger();
      return;
    }
    this.#isWriting = true;
    this.#stall.refresh();
    this.#socket.write(data, () => this.#written(data.length));
  }

  #written(bytes: number): void {
    this.#isWriting = false;
    this.#queuedBytes -= bytes;
    this.#accepted += bytes;
    if (this.#accepted >= TO_SERVER_CREDIT / 4) {
      this.#send(creditFrame(this.#options.stream, this.#accepted));
      this.#accepted = 0;
    }
    this.#writeNext();
  }

  #linger(): void {
    if (this.#socket.destroyed) return;
    if (this.#queue.length === 0) this.#socket.destroySoon();
    const timer = setTimeout(() => this.#socket.destroy(), LINGER_MS);
    this.#socket.once('close', () => clearTimeout(timer));
  }

  #send(...frames: readonly Buffer[]): void {
    if (this.#state === 'taken') this.#options.send(...frames);
  }

  /** One that is only offered waits for the process to hear of it. */
  #closed(): void {
    clearTimeout(this.#stall);
    if (this.#state === 'offered') return;
    this.#send(closeFrame(this.#options.stream));
    this.#options.closed();
  }
}
