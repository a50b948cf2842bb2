const HEADER_BYTES = 13;
const EPOCH_AT = 3;
const LENGTH_AT = 11;

/** How many of a datagram's records are encrypted, as far as its headers make sense (RFC 6347 §4.1). */
export function encryptedRecords(datagram: Uint8Array): number {
  let count = 0;
  for (let at = 0; at + HEADER_BYTES <= datagram.length; ) {
    if ((datagram[at + EPOCH_AT]! | datagram[at + EPOCH_AT + 1]!) !== 0) count++;
    at += HEADER_BYTES + ((datagram[at + LENGTH_AT]! << 8) | datagram[at + LENGTH_AT + 1]!);
  }
  return count;
}
