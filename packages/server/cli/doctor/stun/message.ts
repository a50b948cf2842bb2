import { createHash, createHmac } from 'node:crypto';

/** The attributes that the doctor needs: RFC 8489 §14, RFC 8656 §18. */
export const Attribute = {
  USERNAME: 0x0006,
  MESSAGE_INTEGRITY: 0x0008,
  ERROR_CODE: 0x0009,
  LIFETIME: 0x000d,
  REALM: 0x0014,
  NONCE: 0x0015,
  XOR_RELAYED_ADDRESS: 0x0016,
  REQUESTED_TRANSPORT: 0x0019,
  XOR_MAPPED_ADDRESS: 0x0020,
} as const;

export const Method = { BINDING: 0x001, ALLOCATE: 0x003, REFRESH: 0x004 } as const;

export type StunClass = 'request' | 'indication' | 'success' | 'error';

export interface StunMessage {
  method: number;
  class: StunClass;
  /** 12 bytes. */
  transactionId: Buffer;
  /** Only the first of each type counts, RFC 8489 §14. */
  attributes: ReadonlyMap<number, Buffer>;
}

const HEADER_BYTES = 20;
const COOKIE = 0x2112_a442;
const CLASSES: readonly StunClass[] = ['request', 'indication', 'success', 'error'];
const INTEGRITY_BYTES = 20;

/** `key`: signs with MESSAGE-INTEGRITY. */
export function encodeStun(
  message: { method: number; class: StunClass; transactionId: Buffer; attributes: readonly [number, Buffer][] },
  key?: Buffer,
): Buffer {
  const body = Buffer.concat(message.attributes.map(([type, value]) => attribute(type, value)));
  const length = body.length + (key === undefined ? 0 : 4 + INTEGRITY_BYTES);
  const bits = CLASSES.indexOf(message.class);
  const { method } = message;
  const type =
    (method & 0xf) | ((bits & 1) << 4) | ((method & 0x70) << 1) | ((bits & 2) << 7) | ((method & 0xf80) << 2);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(length, 2);
  header.writeUInt32BE(COOKIE, 4);
  message.transactionId.copy(header, 8, 0, 12);
  const plain = Buffer.concat([header, body]);
  if (key === undefined) return plain;
  const mac = createHmac('sha1', key).update(plain).digest();
  return Buffer.concat([plain, attribute(Attribute.MESSAGE_INTEGRITY, mac)]);
}

/** null if it is not a STUN message. */
export function decodeStun(datagram: Buffer): StunMessage | null {
  if (datagram.length < HEADER_BYTES || datagram.length % 4 !== 0) return null;
  const type = datagram.readUInt16BE(0);
  if (type & 0xc000 || datagram.readUInt32BE(4) !== COOKIE) return null;
  if (datagram.readUInt16BE(2) !== datagram.length - HEADER_BYTES) return null;
  const attributes = new Map<number, Buffer>();
  for (let at = HEADER_BYTES; at < datagram.length; ) {
    const end = at + 4 + datagram.readUInt16BE(at + 2);
    if (end > datagram.length) return null;
    const name = datagram.readUInt16BE(at);
    if (!attributes.has(name)) attributes.set(name, datagram.subarray(at + 4, end));
    at = end + (-end & 3);
  }
  return {
    method: (type & 0xf) | ((type >> 1) & 0x70) | ((type >> 2) & 0xf80),
    class: CLASSES[((type >> 4) & 1) | ((type >> 7) & 2)]!,
    transactionId: datagram.subarray(8, HEADER_BYTES),
    attributes,
  };
}

/** An attribute in the format of XOR-MAPPED-ADDRESS; null if it is missing or malformed. */
export function xorAddress(message: StunMessage, type: number): { address: string; port: number } | null {
  const value = message.attributes.get(type);
  const family = value?.[1];
  if (value === undefined || value.length !== (family === 1 ? 8 : family === 2 ? 20 : -1)) return null;
  const mask = Buffer.concat([Buffer.from([0x21, 0x12, 0xa4, 0x42]), message.transactionId]);
  const bytes = Buffer.from(value.subarray(4).map((byte, i) => byte ^ mask[i]!));
  const port = value.readUInt16BE(2) ^ (COOKIE >>> 16);
  if (family === 1) return { address: bytes.join('.'), port };
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16));
  return { address: new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1), port };
}

/** The code and reason of an error response, null if there is none. */
export function errorCode(message: StunMessage): { code: number; reason: string } | null {
  const value = message.attributes.get(Attribute.ERROR_CODE);
  if (value === undefined || value.length < 4) return null;
  return { code: (value[2]! & 7) * 100 + value[3]!, reason: value.subarray(4, 4 + 512).toString() };
}

/** For long-term credentials, RFC 8489 §9.2.2. */
export function longTermKey(username: string, realm: string, password: string): Buffer {
  return createHash('md5').update(`${username}:${realm}:${password}`).digest();
}

function attribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + value.length + (-value.length & 3));
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  value.copy(bytes, 4);
  return bytes;
}
