import { MAX_MTU } from './constants.ts';

/** The first 2 or 4 bytes of a datagram, protocol/2 §1.1. */
export interface DatagramHeader {
  /** The receiver's slot, or NO_SLOT. */
  slot: number;
  /** 0 to 3. */
  session: number;
  /** Low 16 bits of the sender's clock; null if no command wants an ACK. */
  sentTime: number | null;
}

/** The header and the offset of the commands; null for a datagram to drop: too short, too long or compressed. */
export function readHeader(datagram: Buffer): { header: DatagramHeader; next: number } | null {
  if (datagram.length < 2 || datagram.length > MAX_MTU) return null;
  const word = datagram.readUInt16BE(0);
  if ((word & 0x4000) !== 0) return null;
  const timed = (word & 0x8000) !== 0;
  if (timed && datagram.length < 4) return null;
  return {
    header: { slot: word & 0xfff, session: (word >> 12) & 3, sentTime: timed ? datagram.readUInt16BE(2) : null },
    next: timed ? 4 : 2,
  };
}

/** One datagram of encoded commands. */
export function encodeDatagram(header: DatagramHeader, commands: readonly Buffer[]): Buffer {
  const timed = header.sentTime !== null;
  const head = Buffer.alloc(timed ? 4 : 2);
  head.writeUInt16BE(header.slot | (header.session << 12) | (timed ? 0x8000 : 0), 0);
  if (header.sentTime !== null) head.writeUInt16BE(header.sentTime, 2);
  return Buffer.concat([head, ...commands]);
}
