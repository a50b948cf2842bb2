/** Browsers send nothing larger: no datagram of theirs is larger than an Ethernet frame. */
const MAX_FRAME = 2_048;

/** A datagram as a frame of RFC 4571: its length in two bytes, then itself. At most 65 535 bytes. */
export function encodeFrame(datagram: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(2 + datagram.length);
  frame.writeUInt16BE(datagram.length, 0);
  frame.set(datagram, 2);
  return frame;
}

/** Cuts a TCP stream into datagrams. Holds at most one that is incomplete. */
export class FrameDecoder {
  #rest: Buffer = Buffer.alloc(0);

  /** The datagrams that are complete now, without the empty ones; null: one is too large, and the stream is of no use any more. */
  push(chunk: Uint8Array): Uint8Array[] | null {
    const bytes = Buffer.concat([this.#rest, chunk]);
    const datagrams: Uint8Array[] = [];
    let at = 0;
    while (bytes.length - at >= 2) {
      const length = bytes.readUInt16BE(at);
      if (length > MAX_FRAME) return null;
      if (bytes.length - at - 2 < length) break;
      if (length > 0) datagrams.push(bytes.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
    this.#rest = Buffer.from(bytes.subarray(at));
    return datagrams;
  }
}
