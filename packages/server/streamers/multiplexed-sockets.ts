import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { MultiplexDecoder, type MultiplexFrame } from '@moonshare/contract';
import { CarriedSocket, STALL_MS } from './carried-socket.ts';

export interface MultiplexedSocketsOptions {
  /** The process has sent what cannot be. */
  broken: (error: unknown) => void;
  /** For tests. */
  stallMs?: number;
}

/**
 * Browsers' connections over TLS, which only this process can decrypt, carried for a streamer process over one connection. What goes
 * to several browsers crosses it once.
 */
export class MultiplexedSockets {
  readonly #connection: Socket;
  readonly #options: MultiplexedSocketsOptions;
  readonly #decoder = new MultiplexDecoder();
  readonly #sockets = new Map<number, CarriedSocket>();
  #lastStream = 0;
  #frames: Buffer[] = [];

  /** `connection`: to the process; nobody else uses it. */
  constructor(connection: Socket, options: MultiplexedSocketsOptions) {
    this.#connection = connection;
    this.#options = options;
    connection.on('data', (piece: Buffer) => this.#receive(piece));
    // Its close follows, when all that the process has sent has been read.
    connection.on('error', () => {});
    connection.once('close', () => {
      for (const socket of [...this.#sockets.values()]) socket.abandon();
    });
  }

  /** How many the process has not taken yet. */
  get underWay(): number {
    let count = 0;
    for (const socket of this.#sockets.values()) if (socket.isOffered) count += 1;
    return count;
  }

  /** Returns the number by which the process is to be told of it. */
  offer(socket: TLSSocket): number {
    this.#lastStream += 1;
    const stream = this.#lastStream;
    const carried = new CarriedSocket(socket, {
      stream,
      send: (...frames) => this.#send(frames),
      closed: () => this.#sockets.delete(stream),
      stallMs: this.#options.stallMs ?? STALL_MS,
    });
    this.#sockets.set(stream, carried);
    if (this.#connection.destroyed) carried.abandon();
    return stream;
  }

  #receive(piece: Buffer): void {
    try {
      for (const frame of this.#decoder.decode(piece)) this.#take(frame);
    } catch (error) {
      this.#connection.destroy();
      this.#options.broken(error);
    }
  }

  #take(frame: MultiplexFrame): void {
    switch (frame.kind) {
      case 'data':
        for (const stream of frame.streams) this.#sockets.get(stream)?.write(frame.data);
        return;
      case 'credit':
        this.#sockets.get(frame.stream)?.grant(frame.bytes);
        return;
      case 'end':
        this.#sockets.get(frame.stream)?.end();
        return;
      case 'close':
        this.#sockets.get(frame.stream)?.close();
    }
  }

  /** What browsers send in one turn of the event loop goes to the process in one call. */
  #send(frames: readonly Buffer[]): void {
    if (this.#frames.length === 0) setImmediate(() => this.#flush());
    this.#frames.push(...frames);
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#frames);
    this.#frames = [];
    if (!this.#connection.destroyed) this.#connection.write(bytes);
  }
}
