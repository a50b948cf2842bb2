/** Bytes of RTP header, reserved word and NV header; the payload follows, protocol/3 §2.1. */
export const VIDEO_HEADER = 32;
/** The NV header counts towards packetSize, the 16 bytes before it do not. */
export const RTP_HEADER = 16;

export const RTP_FIRST_BYTE = 0x90;
export const MULTI_FEC_FLAGS = 0x10;

/** protocol/3 §2.4 */
export const FLAG_PICTURE = 0x01;
export const FLAG_END = 0x02;
export const FLAG_START = 0x04;

/** The most data shards in a block: a 10-bit field. */
export const MAX_DATA_SHARDS = 1023;
/** The most blocks in a frame: a 2-bit field. */
export const MAX_BLOCKS = 4;

/** The header fields of one (decrypted) video datagram. */
export interface VideoDatagram {
  /** The whole of it; as long as that is valid. */
  bytes: Buffer;
  sequence: number;
  timestamp: number;
  frameIndex: number;
  block: number;
  lastBlock: number;
  dataShards: number;
  /** Computed from the percentage; 0 if data and parity together would exceed the code. */
  parityShards: number;
  /** Data shards come first. */
  shardIndex: number;
  fecPercentage: number;
}

/** protocol/3 §2.2: both sides compute it. */
export function parityCount(dataShards: number, percentage: number): number {
  return Math.floor((dataShards * percentage + 99) / 100);
}

/** Null for anything but a video datagram, protocol/3 §2.1, §2.2, §10. */
export function parseVideoDatagram(bytes: Buffer): VideoDatagram | null {
  // Without the extension bit the reserved word would be missing; no host sends that.
  if (bytes.length <= VIDEO_HEADER || (bytes[0]! & 0xd0) !== RTP_FIRST_BYTE) return null;
  const blocks = bytes[27]!;
  const block = (blocks >> 4) & 3;
  const lastBlock = blocks >> 6;
  const fec = bytes.readUInt32LE(28);
  const dataShards = fec >>> 22;
  const shardIndex = (fec >>> 12) & 0x3ff;
  const fecPercentage = (fec >>> 4) & 0xff;
  const computed = parityCount(dataShards, fecPercentage);
  const parityShards = dataShards + computed > 255 ? 0 : computed;
  if (dataShards === 0 || shardIndex >= dataShards + parityShards || block > lastBlock) return null;
  return {
    bytes,
    sequence: bytes.readUInt16BE(2),
    timestamp: bytes.readUInt32BE(4),
    frameIndex: claimedFrame(bytes),
    block,
    lastBlock,
    dataShards,
    parityShards,
    shardIndex,
    fecPercentage,
  };
}

/** The frame that a datagram in the clear claims to be of, whatever else it is. It must be longer than a header. */
export function claimedFrame(bytes: Buffer): number {
  return bytes.readUInt32LE(20);
}

/** The low 24 bits of the datagram counter. */
export function streamPacketIndex(bytes: Buffer): number {
  return bytes.readUInt32LE(16) >>> 8;
}

/** Distance between two 32-bit frame indices: negative if `to` is older. */
export function frameDistance(from: number, to: number): number {
  return (to - from) | 0;
}
