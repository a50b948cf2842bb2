import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import {
  closeFrame,
  creditFrame,
  dataHeader,
  endFrame,
  MAX_FRAME_DATA,
  MULTIPLEX_DESCRIPTOR,
  MultiplexDecoder,
} from '@moonshare/contract';

/** A fake streamer's end of the multiplexed connection: for as little at once as its credit, and nothing is sent to several at once. */
export class MultiplexedEnd {
  readonly #connection = new Socket({ fd: MULTIPLEX_DESCRIPTOR, readable: true, writable: true });
  readonly #decoder = new MultiplexDecoder();
  readonly #streams = new Map<number, Duplex>();

  constructor() {
    this.#connection.on('error', () => {});
    this.#connection.on('data', (piece: Buffer) => {
      for (const frame of this.#decoder.decode(piece)) {
        if (frame.kind === 'data') {
          const [stream] = frame.streams;
          this.#streams.get(stream!)?.push(frame.data);
          this.#connection.write(creditFrame(stream!, frame.data.length));
        } else if (frame.kind === 'end') this.#streams.get(frame.stream)?.push(null);
        else if (frame.kind === 'close') this.#streams.get(frame.stream)?.destroy();
      }
    });
  }

  open(stream: number): Duplex {
    const duplex = new Duplex({
      read: () => {},
      write: (chunk: Buffer, _encoding, done) => {
        for (let at = 0; at < chunk.length; at += MAX_FRAME_DATA) {
          const part = chunk.subarray(at, at + MAX_FRAME_DATA);
          this.#connection.write(dataHeader([stream], part.length));
          this.#connection.write(part);
        }
        done();
      },
      final: (done) => {
        this.#connection.write(endFrame(stream));
        done();
      },
      destroy: (error, done) => {
        this.#streams.delete(stream);
        this.#connection.write(closeFrame(stream));
        done(error);
      },
    });
    this.#streams.set(stream, duplex);
    return duplex;
  }
}
