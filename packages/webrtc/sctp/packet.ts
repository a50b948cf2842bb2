import { type Chunk, readChunks } from './chunk.ts';
import { crc32c, crc32cUpdate } from './crc32c.ts';
import { padded } from './tlv.ts';

/** Ports, verification tag, checksum. */
export const PACKET_HEADER = 12;
const CHECKSUM_AT = 8;
const NO_CHECKSUM = Buffer.alloc(4);

export interface PacketHeader {
  sourcePort: number;
  destinationPort: number;
  tag: number;
}

export interface Packet extends PacketHeader {
  chunks: Chunk[];
}

/** Null if the checksum is wrong or anything in it is malformed. Buffers in its chunks are views of `bytes`. */
export function readPacket(bytes: Uint8Array): Packet | null {
  const packet = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (packet.length < PACKET_HEADER) return null;
  // The checksum is that of the packet with a checksum of zero, and the only field in little-endian order.
  const before = crc32cUpdate(crc32cUpdate(-1, packet.subarray(0, CHECKSUM_AT)), NO_CHECKSUM);
  const checksum = ~crc32cUpdate(before, packet.subarray(PACKET_HEADER)) >>> 0;
  if (checksum !== packet.readUInt32LE(CHECKSUM_AT)) return null;
  const chunks = readChunks(packet.subarray(PACKET_HEADER));
  if (chunks === null) return null;
  return {
    sourcePort: packet.readUInt16BE(0),
    destinationPort: packet.readUInt16BE(2),
    tag: packet.readUInt32BE(4),
    chunks,
  };
}

/** How many chunks a packet seems to have, whatever is in it. */
export function countChunks(bytes: Uint8Array): number {
  let count = 0;
  for (let at = PACKET_HEADER; at + 4 <= bytes.length; count += 1)
    at += Math.max(4, padded((bytes[at + 2]! << 8) | bytes[at + 3]!));
  return count;
}

export function encodePacket(header: PacketHeader, chunks: readonly Buffer[]): Buffer {
  const packet = Buffer.alloc(chunks.reduce((sum, chunk) => sum + chunk.length, PACKET_HEADER));
  packet.writeUInt16BE(header.sourcePort, 0);
  packet.writeUInt16BE(header.destinationPort, 2);
  packet.writeUInt32BE(header.tag, 4);
  let at = PACKET_HEADER;
  for (const chunk of chunks) {
    packet.set(chunk, at);
    at += chunk.length;
  }
  packet.writeUInt32LE(crc32c(packet), CHECKSUM_AT);
  return packet;
}
