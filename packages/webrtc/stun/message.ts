import { createHmac, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { addressBytes, addressText, type Endpoint } from '../address.ts';

export type StunClass = 'request' | 'indication' | 'success' | 'error';

/** The only method ICE uses. */
export const BINDING = 1;

/** A message with what ICE reads from it (RFC 8489, RFC 8445 §16.1). */
export interface StunMessage {
  class: StunClass;
  method: number;
  /** 12 bytes. */
  transactionId: Uint8Array;
  username?: string;
  /** u32. */
  priority?: number;
  useCandidate?: boolean;
  /** The sender's role with its tie-breaker, a u64. */
  role?: { type: 'controlling' | 'controlled'; tieBreaker: bigint };
  mappedAddress?: Endpoint;
  errorCode?: number;
  /** UNKNOWN-ATTRIBUTES. */
  unknownAttributes?: number[];
}

export interface ReceivedStunMessage extends StunMessage {
  /** Attributes that the sender needs understood and we do not. */
  notUnderstood: number[];
  /** Whether it is by someone who has the key; false without MESSAGE-INTEGRITY. A short-term key is the password. */
  isBy(key: string | Uint8Array): boolean;
}

const HEADER = 20;
const COOKIE = 0x2112_a442;
const FINGERPRINT_XOR = 0x5354_554e;
/** More is no ICE message; there is nothing of ours that needs a tenth of it. */
const MAX_ATTRIBUTES = 32;
const MAX_USERNAME = 512;

const MAPPED_ADDRESS = 0x0001;
const USERNAME = 0x0006;
const MESSAGE_INTEGRITY = 0x0008;
const ERROR_CODE = 0x0009;
const UNKNOWN_ATTRIBUTES = 0x000a;
const MESSAGE_INTEGRITY_SHA256 = 0x001c;
const XOR_MAPPED_ADDRESS = 0x0020;
const PRIORITY = 0x0024;
const USE_CANDIDATE = 0x0025;
const FINGERPRINT = 0x8028;
const CONTROLLED = 0x8029;
const CONTROLLING = 0x802a;

const CLASSES: readonly StunClass[] = ['request', 'indication', 'success', 'error'];

/** Whether a datagram that arrived beside DTLS, SRTP and others is STUN (RFC 7983 §7). */
export function isStun(datagram: Uint8Array): boolean {
  if (datagram.length < HEADER || datagram[0]! > 3) return false;
  return asBuffer(datagram).readUInt32BE(4) === COOKIE;
}

/** Null: malformed, or its FINGERPRINT is wrong. Never throws. The message keeps a view of the datagram. */
export function decodeStun(datagram: Uint8Array): ReceivedStunMessage | null {
  if (!isStun(datagram)) return null;
  const bytes = asBuffer(datagram);
  const length = bytes.readUInt16BE(2);
  if (HEADER + length !== bytes.length) return null;
  const type = bytes.readUInt16BE(0);
  let integrityAt: number | null = null;
  const message: ReceivedStunMessage = {
    class: CLASSES[((type >> 7) & 2) | ((type >> 4) & 1)]!,
    method: ((type >> 2) & 0xf80) | ((type >> 1) & 0x70) | (type & 0xf),
    transactionId: bytes.subarray(8, HEADER),
    notUnderstood: [],
    isBy: (key) => integrityAt !== null && isIntact(bytes, integrityAt, key),
  };
  let attributes = 0;
  for (let at = HEADER; at < bytes.length; ) {
    if (at + 4 > bytes.length || ++attributes > MAX_ATTRIBUTES) return null;
    const attribute = bytes.readUInt16BE(at);
    const value = bytes.subarray(at + 4, at + 4 + bytes.readUInt16BE(at + 2));
    const next = at + 4 + padded(bytes.readUInt16BE(at + 2));
    if (next > bytes.length) return null;
    if (attribute === FINGERPRINT) {
      const isLast = next === bytes.length && value.length === 4;
      return isLast && value.readUInt32BE(0) === fingerprint(bytes.subarray(0, at)) ? message : null;
    }
    // Whatever follows the integrity is not covered by it (RFC 8489 §14.5).
    if (integrityAt === null) {
      if (attribute === MESSAGE_INTEGRITY) {
        if (value.length !== 20) return null;
        integrityAt = at;
      } else if (!read(message, attribute, value)) return null;
    }
    at = next;
  }
  return message;
}

/** False: the value is malformed. Of several attributes of one type the first counts (RFC 8489 §14). */
function read(message: ReceivedStunMessage, attribute: number, value: Buffer): boolean {
  switch (attribute) {
    case USERNAME:
      if (value.length > MAX_USERNAME) return false;
      message.username ??= value.toString();
      return true;
    case PRIORITY:
      if (value.length !== 4) return false;
      message.priority ??= value.readUInt32BE(0);
      return true;
    case USE_CANDIDATE:
      message.useCandidate = true;
      return value.length === 0;
    case CONTROLLED:
    case CONTROLLING:
      if (value.length !== 8) return false;
      message.role ??= {
        type: attribute === CONTROLLED ? 'controlled' : 'controlling',
        tieBreaker: value.readBigUInt64BE(0),
      };
      return true;
    case XOR_MAPPED_ADDRESS: {
      const endpoint = readXorAddress(value, message.transactionId);
      if (endpoint === null) return false;
      message.mappedAddress ??= endpoint;
      return true;
    }
    case ERROR_CODE:
      if (value.length < 4) return false;
      message.errorCode ??= (value[2]! & 7) * 100 + value[3]!;
      return true;
    case UNKNOWN_ATTRIBUTES:
      message.unknownAttributes ??= Array.from({ length: value.length >> 1 }, (_, i) => value.readUInt16BE(2 * i));
      return true;
    case MAPPED_ADDRESS:
    case MESSAGE_INTEGRITY_SHA256:
      return true;
    default:
      if (attribute < 0x8000) message.notUnderstood.push(attribute);
      return true;
  }
}

/** With MESSAGE-INTEGRITY if there is a key, and always with FINGERPRINT. */
export function encodeStun(message: StunMessage, key?: string | Uint8Array): Buffer {
  const { method, transactionId, username, priority, useCandidate, role, mappedAddress } = message;
  const parts: Buffer[] = [Buffer.alloc(HEADER)];
  const add = (attribute: number, value: Uint8Array) => parts.push(encodeAttribute(attribute, value));
  if (message.errorCode !== undefined) add(ERROR_CODE, encodeErrorCode(message.errorCode));
  if (message.unknownAttributes !== undefined) {
    const types = Buffer.alloc(2 * message.unknownAttributes.length);
    message.unknownAttributes.forEach((type, i) => {
      types.writeUInt16BE(type, 2 * i);
    });
    add(UNKNOWN_ATTRIBUTES, types);
  }
  if (username !== undefined) add(USERNAME, Buffer.from(username));
  if (mappedAddress !== undefined) add(XOR_MAPPED_ADDRESS, encodeXorAddress(mappedAddress, transactionId));
  if (priority !== undefined) add(PRIORITY, u32(priority));
  if (role !== undefined) {
    const tieBreaker = Buffer.alloc(8);
    tieBreaker.writeBigUInt64BE(role.tieBreaker);
    add(role.type === 'controlling' ? CONTROLLING : CONTROLLED, tieBreaker);
  }
  if (useCandidate === true) add(USE_CANDIDATE, Buffer.alloc(0));

  const header = parts[0]!;
  const kind = CLASSES.indexOf(message.class);
  const type =
    ((method & 0xf80) << 2) | ((method & 0x70) << 1) | (method & 0xf) | ((kind & 2) << 7) | ((kind & 1) << 4);
  header.writeUInt16BE(type, 0);
  header.writeUInt32BE(COOKIE, 4);
  header.set(transactionId, 8);
  if (key !== undefined) add(MESSAGE_INTEGRITY, integrity(Buffer.concat(parts), key));
  const body = Buffer.concat(parts);
  body.writeUInt16BE(body.length - HEADER + 8, 2);
  return Buffer.concat([body, encodeAttribute(FINGERPRINT, u32(fingerprint(body)))]);
}

function encodeAttribute(attribute: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + padded(value.length));
  bytes.writeUInt16BE(attribute, 0);
  bytes.writeUInt16BE(value.length, 2);
  bytes.set(value, 4);
  return bytes;
}

function encodeErrorCode(code: number): Buffer {
  return Buffer.from([0, 0, Math.floor(code / 100), code % 100]);
}

function readXorAddress(value: Buffer, transactionId: Uint8Array): Endpoint | null {
  const length = value[1] === 1 ? 4 : value[1] === 2 ? 16 : 0;
  if (length === 0 || value.length !== 4 + length) return null;
  const address = addressText(xor(value.subarray(4), transactionId));
  return { address, port: value.readUInt16BE(2) ^ (COOKIE >>> 16) };
}

function encodeXorAddress({ address, port }: Endpoint, transactionId: Uint8Array): Buffer {
  const bytes = addressBytes(address);
  if (bytes === null) throw new TypeError(`${address} is not an IP address`);
  const head = Buffer.from([0, bytes.length === 4 ? 1 : 2, 0, 0]);
  head.writeUInt16BE(port ^ (COOKIE >>> 16), 2);
  return Buffer.concat([head, xor(bytes, transactionId)]);
}

/** With the cookie followed by the transaction ID. */
function xor(bytes: Uint8Array, transactionId: Uint8Array): Buffer {
  const mask = Buffer.concat([u32(COOKIE), transactionId]);
  return Buffer.from(bytes.map((byte, i) => byte ^ mask[i]!));
}

/** Of everything before the attribute, as if the message ended behind it. */
function integrity(before: Buffer, key: string | Uint8Array): Buffer {
  const covered = Buffer.from(before);
  covered.writeUInt16BE(covered.length - HEADER + 24, 2);
  return createHmac('sha1', key).update(covered).digest();
}

function isIntact(bytes: Buffer, at: number, key: string | Uint8Array): boolean {
  return timingSafeEqual(bytes.subarray(at + 4, at + 24), integrity(bytes.subarray(0, at), key));
}

/** The length in the header of what comes before already counts the fingerprint. */
function fingerprint(before: Buffer): number {
  return (crc32(before) ^ FINGERPRINT_XOR) >>> 0;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
