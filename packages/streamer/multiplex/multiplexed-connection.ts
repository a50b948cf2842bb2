import type { Duplex } from 'node:stream';
import { closeFrame, creditFrame, endFrame, MultiplexDecoder, type MultiplexFrame } from '@moonshare/contract';
import { MultiplexedSocket } from './multiplexed-socket.ts';
import { SharedData } from './shared-data.ts';

/** The streamer's end of the connection that carries the media sockets over the server's TLS. */
export class MultiplexedConnection {
  readonly #connection: Duplex;
  readonly #decoder = new MultiplexDecoder();
  readonly #shared = new SharedData();
  readonly #sockets = new Map<number, MultiplexedSocket>();
  /** Called once all that was written is on its way. */
  readonly #writing = new Map<number, () => void>();
  #frames: Buffer[] = [];
  #isFlushing = false;

  /** What it receives must come from the server: anything else throws. */
  constructor(connection: Duplex) {
    this.#connection = connection;
    connection.on('data', (piece: Buffer) => {
      for (const frame of this.#decoder.decode(piece)) this.#receive(frame);
    });
    // Its close follows.
    connection.on('error', () => {});
    connection.once('close', () => {
      for (const socket of [...this.#sockets.values()]) socket.destroy();
    });
  }

  /** The server has announced it. It begins to send once the stream has been written to. */
  open(stream: number): Duplex {
    this.#shared.open(stream);
    const socket = new MultiplexedSocket({
      write: (chunks, done) => {
        this.#writing.set(stream, done);
        this.#shared.write(stream, chunks);
        this.#flushSoon();
      },
      read: (bytes) => this.#send(creditFrame(stream, bytes)),
      end: () => this.#send(endFrame(stream)),
      closed: () => {
        this.#writing.delete(stream);
        this.#shared.close(stream);
        if (this.#sockets.delete(stream)) this.#send(closeFrame(stream));
      },
    });
    this.#sockets.set(stream, socket);
    if (this.#connection.destroyed) socket.destroy();
    return socket;
  }

  #receive(frame: MultiplexFrame): void {
    switch (frame.kind) {
      case 'data':
        for (const stream of frame.streams) this.#sockets.get(stream)?.receive(frame.data);
        return;
      case 'credit':
        if (this.#shared.grant(frame.stream, frame.bytes)) this.#flushSoon();
        return;
      case 'end':
        this.#sockets.get(frame.stream)?.receiveEnd();
        return;
      case 'close': {
        const socket = this.#sockets.get(frame.stream);
        // The server knows.
        this.#sockets.delete(frame.stream);
        socket?.destroy();
      }
    }
  }

  #send(frame: Buffer): void {
    this.#frames.push(frame);
    this.#flushSoon();
  }

  /** After what runs now: all of it goes out in one call. */
  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    process.nextTick(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushing = false;
    const { data, sent } = this.#shared.take();
    const frames = [...data, ...this.#frames];
    this.#frames = [];
    if (!this.#connection.destroyed) {
      this.#connection.cork();
      for (const frame of frames) this.#connection.write(frame);
      this.#connection.uncork();
    }
    for (const stream of sent) {
      const done = this.#writing.get(stream);
      this.#writing.delete(stream);
      done?.();
    }
  }
}
