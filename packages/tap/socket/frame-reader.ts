/** Opcodes, RFC 6455 §5.2. */
export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** The answer to an upgrade is short; with more than this it is none. */
const MAX_HEAD_BYTES = 8 * 1024;

/** A frame that the streamer sent; `data` is memory of its own. */
export interface SocketFrame {
  opcode: number;
  data: Buffer;
}

/** What comes on a media socket cannot be understood. */
export class SocketError extends Error {
  override readonly name = 'SocketError';
}

/**
 * Reads what a streamer sends on a media socket: the answer to the upgrade, then WebSocket frames, none of which is fragmented or
 * masked. Pure: bytes in, frames out. Throws a SocketError for anything else, and for a frame of more than `maxBytes`.
 */
export class FrameReader {
  readonly #maxBytes: number;
  #pieces: Buffer[] = [];
  #length = 0;
  #isUpgraded = false;
  /** How much is needed before anything can be read. */
  #needed = 2;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(bytes: Buffer): SocketFrame[] {
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    const frames: SocketFrame[] = [];
    if (!this.#isUpgraded && !this.#readAnswer()) return frames;
    while (this.#length >= this.#needed) {
      const frame = this.#read();
      if (frame === null) break;
      frames.push(frame);
    }
    return frames;
  }

  #readAnswer(): boolean {
    const bytes = this.#joined();
    const end = bytes.indexOf('\r\n\r\n');
    if (end === -1 && bytes.length <= MAX_HEAD_BYTES) return false;
    if (end === -1 || !/^HTTP\/1\.1 101 /.test(bytes.toString('latin1', 0, 16))) {
      throw new SocketError('the streamer did not accept the media socket');
    }
    this.#isUpgraded = true;
    this.#keep(bytes.subarray(end + 4));
    return true;
  }

  /** null: there is more to come. */
  #read(): SocketFrame | null {
    const bytes = this.#joined();
    const short = bytes[1]! & 0x7f;
    const header = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (bytes.length < header) return this.#await(header);
    const opcode = bytes[0]! & 0x0f;
    const isWhole = (bytes[0]! & 0xf0) === 0x80 && opcode !== Opcode.continuation && (bytes[1]! & 0x80) === 0;
    if (!isWhole) throw new SocketError('the streamer sent a frame that it never sends');
    const size = short === 127 ? bytes.readBigUInt64BE(2) : BigInt(short === 126 ? bytes.readUInt16BE(2) : short);
    if (size > BigInt(this.#maxBytes)) throw new SocketError(`the streamer sent a frame of ${size} bytes`);
    const end = header + Number(size);
    if (bytes.length < end) return this.#await(end);
    const data = Buffer.from(bytes.subarray(header, end));
    this.#keep(bytes.subarray(end));
    return { opcode, data };
  }

  #await(bytes: number): null {
    this.#needed = bytes;
    return null;
  }

  #joined(): Buffer {
    if (this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0] ?? Buffer.alloc(0);
  }

  #keep(rest: Buffer): void {
    this.#pieces = rest.length === 0 ? [] : [rest];
    this.#length = rest.length;
    this.#needed = 2;
  }
}

/** A frame as clients send it, masked, RFC 6455 §5.3; the mask is 0, since there is no proxy on the way that could be fooled. */
export function clientFrame(opcode: number, data: Uint8Array): Buffer {
  const header = data.length < 126 ? 2 : 4;
  const frame = Buffer.alloc(header + 4 + data.length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (header === 2 ? data.length : 126);
  if (header === 4) frame.writeUInt16BE(data.length, 2);
  frame.set(data, header + 4);
  return frame;
}
