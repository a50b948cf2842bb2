import { invariant } from '../invariant.ts';

/*
 * One connection between the server and a streamer process carries the media sockets that no other process can take over, as frames
 * (docs/architecture.md, "Media sockets over the server's own TLS"): u8 kind, u8 0, u16 count of streams, u32 value, the streams as u32 each, and
 * for data `value` bytes. Big endian. Both ends are ours, so what cannot be is a fault of ours, and not survived.
 */

/** The descriptor with which a forked streamer finds its end. */
export const MULTIPLEX_DESCRIPTOR = 4;
/** Bytes of one stream that may be under way to the server and not yet accepted by the browser's connection. */
export const TO_SERVER_CREDIT = 512 * 1024;
/** Bytes of one stream that may be under way to the streamer and not yet read there. */
export const TO_STREAMER_CREDIT = 64 * 1024;
/** Of data, bytes. A stream may send while it has any credit, so this is also by how much it may exceed it. */
export const MAX_FRAME_DATA = 128 * 1024;
/** That get the same data. */
export const MAX_FRAME_STREAMS = 1024;

const HEADER_BYTES = 8;
const STREAM_BYTES = 4;
const Kind = { data: 1, credit: 2, end: 3, close: 4 } as const;

/**
 * `data`: the same for each of the streams. `credit`: so many bytes more may be sent. `end`: nothing more will be. `close`: the same, and
 * nothing is taken any more.
 */
export type MultiplexFrame =
  | { kind: 'data'; streams: readonly number[]; data: Buffer }
  | { kind: 'credit'; stream: number; bytes: number }
  | { kind: 'end' | 'close'; stream: number };

/** What comes before the data. */
export function dataHeader(streams: readonly number[], bytes: number): Buffer {
  return header(Kind.data, bytes, streams);
}

export function creditFrame(stream: number, bytes: number): Buffer {
  return header(Kind.credit, bytes, [stream]);
}

export function endFrame(stream: number): Buffer {
  return header(Kind.end, 0, [stream]);
}

export function closeFrame(stream: number): Buffer {
  return header(Kind.close, 0, [stream]);
}

function header(kind: number, value: number, streams: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + STREAM_BYTES * streams.length);
  bytes.writeUInt16BE(kind << 8, 0);
  bytes.writeUInt16BE(streams.length, 2);
  bytes.writeUInt32BE(value, 4);
  let at = HEADER_BYTES;
  for (const stream of streams) at = bytes.writeUInt32BE(stream, at);
  return bytes;
}

interface Header {
  kind: number;
  streams: number[];
  value: number;
}

/** Data of which a part has come. */
interface Incomplete {
  streams: readonly number[];
  data: Buffer;
  had: number;
}

/** Frames out of what a connection receives. Data share the memory of the piece that they came in, if they came in one. */
export class MultiplexDecoder {
  /** The beginning of a header. */
  #rest: Buffer = Buffer.alloc(0);
  #incomplete: Incomplete | null = null;

  /** Throws at what no end of ours sends. */
  *decode(piece: Buffer): Generator<MultiplexFrame, void, undefined> {
    let at = 0;
    if (this.#incomplete !== null) {
      at = this.#fill(this.#incomplete, piece, 0);
      if (this.#incomplete.had < this.#incomplete.data.length) return;
      const { streams, data } = this.#incomplete;
      this.#incomplete = null;
      yield { kind: 'data', streams, data };
    }
    let bytes = piece;
    if (this.#rest.length > 0) {
      bytes = Buffer.concat([this.#rest, piece]);
      this.#rest = Buffer.alloc(0);
    }
    for (;;) {
      const read = readHeader(bytes, at);
      if (read === null) {
        // Copied, so as not to keep the whole piece.
        this.#rest = Buffer.from(bytes.subarray(at));
        return;
      }
      at += HEADER_BYTES + STREAM_BYTES * read.streams.length;
      if (read.kind === Kind.data) {
        const { streams, value } = read;
        if (bytes.length - at < value) {
          this.#incomplete = { streams, data: Buffer.allocUnsafe(value), had: 0 };
          this.#fill(this.#incomplete, bytes, at);
          return;
        }
        yield { kind: 'data', streams, data: bytes.subarray(at, at + value) };
        at += value;
      } else yield withoutData(read);
    }
  }

  /** Returns where it has read up to. */
  #fill(incomplete: Incomplete, bytes: Buffer, at: number): number {
    const count = bytes.copy(incomplete.data, incomplete.had, at);
    incomplete.had += count;
    return at + count;
  }
}

/** Null: not all of it is there. */
function readHeader(bytes: Buffer, at: number): Header | null {
  if (bytes.length - at < HEADER_BYTES) return null;
  const [kind, count, value] = [bytes[at]!, bytes.readUInt16BE(at + 2), bytes.readUInt32BE(at + 4)];
  invariant(kind >= Kind.data && kind <= Kind.close, 'a frame of no known kind');
  invariant(count >= 1 && count <= (kind === Kind.data ? MAX_FRAME_STREAMS : 1), 'a frame for so many streams');
  invariant(kind !== Kind.data || (value >= 1 && value <= MAX_FRAME_DATA), 'a frame with so much data');
  if (bytes.length - at < HEADER_BYTES + STREAM_BYTES * count) return null;
  const streams: number[] = [];
  for (let index = 0; index < count; index++)
    streams.push(bytes.readUInt32BE(at + HEADER_BYTES + STREAM_BYTES * index));
  return { kind, streams, value };
}

function withoutData({ kind, streams, value }: Header): MultiplexFrame {
  const stream = streams[0]!;
  if (kind === Kind.credit) return { kind: 'credit', stream, bytes: value };
  return { kind: kind === Kind.end ? 'end' : 'close', stream };
}
