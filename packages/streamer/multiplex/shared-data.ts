import { dataHeader, invariant, MAX_FRAME_DATA, MAX_FRAME_STREAMS, TO_SERVER_CREDIT } from '@moonshare/contract';

/** Data for as many streams as want it, at most what fits into one frame. */
interface Piece {
  /** Later pieces have higher numbers. */
  number: number;
  data: readonly Buffer[];
  bytes: number;
  /** Those that may be sent it now. */
  streams: number[];
}

/** What was written to a stream at once: buffers, told apart by identity. */
type Chunks = readonly Buffer[];

interface Cut {
  chunks: Chunks;
  pieces: readonly Piece[];
}

interface Stream {
  credit: number;
  /** What it has yet to be sent, in order. */
  pieces: Piece[];
}

/** What `SharedData.take` gives to be sent, and the streams that have nothing left to be sent. */
export interface SharedDataTaken {
  data: Buffer[];
  sent: number[];
}

/**
 * What is written to streams of the multiplexed connection, within their credit. Streams that are written the same buffers between
 * two calls of `take` get the same frames, so that the bytes are sent once.
 */
export class SharedData {
  readonly #streams = new Map<number, Stream>();
  /** Those that may have something to be sent now. */
  readonly #ready = new Map<number, Stream>();
  /** Cut since the last `take`, by first chunk. */
  readonly #cuts = new Map<Buffer | undefined, Cut[]>();
  #nextPiece = 0;

  open(stream: number): void {
    invariant(!this.#streams.has(stream), 'a stream was opened twice');
    this.#streams.set(stream, { credit: TO_SERVER_CREDIT, pieces: [] });
  }

  write(stream: number, chunks: Chunks): void {
    const queue = this.#streams.get(stream);
    invariant(queue !== undefined, 'data for a stream that is closed');
    queue.pieces.push(...this.#pieces(chunks));
    this.#ready.set(stream, queue);
  }

  /** Returns whether there is something to take. */
  grant(stream: number, bytes: number): boolean {
    const queue = this.#streams.get(stream);
    // It was closed here meanwhile.
    if (queue === undefined) return false;
    queue.credit += bytes;
    invariant(queue.credit <= TO_SERVER_CREDIT, 'more was accepted than was sent');
    if (queue.pieces.length === 0) return false;
    this.#ready.set(stream, queue);
    return true;
  }

  /** What it has yet to be sent is dropped. */
  close(stream: number): void {
    this.#streams.delete(stream);
    this.#ready.delete(stream);
  }

  take(): SharedDataTaken {
    const pieces: Piece[] = [];
    const sent: number[] = [];
    for (const [stream, queue] of this.#ready) {
      while (queue.pieces.length > 0 && queue.credit > 0) {
        const piece = queue.pieces.shift()!;
        queue.credit -= piece.bytes;
        if (piece.streams.length === 0) pieces.push(piece);
        piece.streams.push(stream);
      }
      if (queue.pieces.length === 0) sent.push(stream);
    }
    this.#ready.clear();
    this.#cuts.clear();
    // So each stream gets its own in order.
    pieces.sort((a, b) => a.number - b.number);
    return { data: pieces.flatMap(frames), sent };
  }

  #pieces(chunks: Chunks): readonly Piece[] {
    const cuts = this.#cuts.get(chunks[0]) ?? [];
    const known = cuts.find((cut) => areSame(cut.chunks, chunks));
    if (known !== undefined) return known.pieces;
    const pieces = this.#cut(chunks);
    this.#cuts.set(chunks[0], [...cuts, { chunks, pieces }]);
    return pieces;
  }

  #cut(chunks: Chunks): Piece[] {
    const pieces: Piece[] = [];
    let data: Buffer[] = [];
    let bytes = 0;
    const finish = () => {
      if (bytes > 0) pieces.push({ number: this.#nextPiece++, data, bytes, streams: [] });
      data = [];
      bytes = 0;
    };
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) {
        const part = chunk.subarray(at, at + MAX_FRAME_DATA - bytes);
        data.push(part);
        bytes += part.length;
        at += part.length;
        if (bytes === MAX_FRAME_DATA) finish();
      }
    }
    finish();
    return pieces;
  }
}

function areSame(a: Chunks, b: Chunks): boolean {
  return a.length === b.length && a.every((chunk, index) => chunk === b[index]);
}

/** Its streams are those of this time: others may get it later. */
function frames(piece: Piece): Buffer[] {
  const all: Buffer[] = [];
  for (let at = 0; at < piece.streams.length; at += MAX_FRAME_STREAMS)
    all.push(dataHeader(piece.streams.slice(at, at + MAX_FRAME_STREAMS), piece.bytes), ...piece.data);
  piece.streams = [];
  return all;
}
