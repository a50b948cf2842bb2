/** A parameter or an error cause: a type, a length, a value, padded to four bytes. */
export interface Tlv {
  type: number;
  value: Buffer;
}

const HEADER = 4;

export function padded(length: number): number {
  return (length + 3) & ~3;
}

/** Null if a length is impossible. The padding of the last one may be missing. */
export function readTlvs(bytes: Buffer): Tlv[] | null {
  const tlvs: Tlv[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < HEADER) return null;
    const length = bytes.readUInt16BE(at + 2);
    if (length < HEADER || length > bytes.length - at) return null;
    tlvs.push({ type: bytes.readUInt16BE(at), value: bytes.subarray(at + HEADER, at + length) });
    at += padded(length);
  }
  return tlvs;
}

export function encodeTlvs(tlvs: readonly Tlv[]): Buffer {
  const bytes = Buffer.alloc(tlvs.reduce((sum, { value }) => sum + padded(HEADER + value.length), 0));
  let at = 0;
  for (const { type, value } of tlvs) {
    bytes.writeUInt16BE(type, at);
    bytes.writeUInt16BE(HEADER + value.length, at + 2);
    bytes.set(value, at + HEADER);
    at += padded(HEADER + value.length);
  }
  return bytes;
}
