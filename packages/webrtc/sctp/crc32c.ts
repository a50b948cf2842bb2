/** Castagnoli's polynomial, bits reversed. */
const POLYNOMIAL = 0x82f6_3b78;

const TABLE = new Uint32Array(256).map((_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? POLYNOMIAL : 0);
  return remainder;
});

/** CRC32c of the bytes, as the state to continue from: begin with -1, and invert what comes out last. */
export function crc32cUpdate(state: number, bytes: Uint8Array): number {
  let crc = state;
  for (let at = 0; at < bytes.length; at++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[at]!) & 0xff]!;
  return crc;
}

export function crc32c(bytes: Uint8Array): number {
  return ~crc32cUpdate(-1, bytes) >>> 0;
}
