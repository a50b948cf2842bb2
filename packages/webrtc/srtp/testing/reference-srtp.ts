import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import type { SrtpProfile } from '../session.ts';

/** SRTP once more, straight from the RFCs with node:crypto and slow, to compare the addon with. */
export interface SessionKeys {
  profile: SrtpProfile;
  key: Buffer;
  salt: Buffer;
  /** Empty with GCM. */
  authentication: Buffer;
}

const TAG_BYTES = { AEAD_AES_128_GCM: 16, AEAD_AES_256_GCM: 16, AES128_CM_SHA1_80: 10 };

export const masterBytes = (profile: SrtpProfile): number =>
  ({ AEAD_AES_128_GCM: 28, AEAD_AES_256_GCM: 44, AES128_CM_SHA1_80: 30 })[profile];

/** RFC 3711 §4.3. */
export function deriveKeys(profile: SrtpProfile, master: Uint8Array, kind: 'rtp' | 'rtcp'): SessionKeys {
  const keyBytes = profile === 'AEAD_AES_256_GCM' ? 32 : 16;
  const [key, salt] = [master.subarray(0, keyBytes), master.subarray(keyBytes)];
  const derive = (label: number, bytes: number): Buffer => {
    const x = Buffer.alloc(16);
    x.set(salt);
    x[7]! ^= label;
    return createCipheriv(`aes-${keyBytes * 8}-ctr`, key, x).update(Buffer.alloc(bytes));
  };
  const first = kind === 'rtp' ? 0 : 3;
  const isGcm = profile !== 'AES128_CM_SHA1_80';
  return {
    profile,
    key: derive(first, keyBytes),
    authentication: isGcm ? Buffer.alloc(0) : derive(first + 1, 20),
    salt: derive(first + 2, isGcm ? 12 : 14),
  };
}

/** RFC 7714 §8.1, §9.1; RFC 3711 §4.1.1. */
export function ivOf({ profile, salt }: SessionKeys, ssrc: number, index: number): Buffer {
  const isGcm = profile !== 'AES128_CM_SHA1_80';
  const iv = Buffer.alloc(isGcm ? 12 : 16);
  iv.writeUInt32BE(ssrc, isGcm ? 2 : 4);
  iv.writeUIntBE(index, isGcm ? 6 : 8, 6);
  for (const [at, byte] of salt.entries()) iv[at]! ^= byte;
  return iv;
}

function seal(keys: SessionKeys, ssrc: number, index: number, open: Buffer, body: Uint8Array, trailer: Buffer): Buffer {
  const iv = ivOf(keys, ssrc, index);
  if (keys.profile === 'AES128_CM_SHA1_80') {
    const text = Buffer.concat([open, createCipheriv('aes-128-ctr', keys.key, iv).update(body)]);
    const tag = createHmac('sha1', keys.authentication).update(text).update(trailer).digest().subarray(0, 10);
    return Buffer.concat([text, tag]);
  }
  const cipher = createCipheriv(keys.profile === 'AEAD_AES_128_GCM' ? 'aes-128-gcm' : 'aes-256-gcm', keys.key, iv);
  cipher.setAAD(Buffer.concat([open, trailer]));
  const text = cipher.update(body);
  cipher.final();
  return Buffer.concat([open, text, cipher.getAuthTag()]);
}

/** Null: the tag is wrong. */
function unseal(keys: SessionKeys, ssrc: number, index: number, open: Buffer, rest: Buffer, trailer: Buffer) {
  const iv = ivOf(keys, ssrc, index);
  const at = rest.length - TAG_BYTES[keys.profile];
  const [body, tag] = [rest.subarray(0, at), rest.subarray(at)];
  if (keys.profile === 'AES128_CM_SHA1_80') {
    const right = createHmac('sha1', keys.authentication).update(open).update(body).update(trailer).digest();
    if (!right.subarray(0, 10).equals(tag)) return null;
    return Buffer.concat([open, createDecipheriv('aes-128-ctr', keys.key, iv).update(body)]);
  }
  const cipher = createDecipheriv(keys.profile === 'AEAD_AES_128_GCM' ? 'aes-128-gcm' : 'aes-256-gcm', keys.key, iv);
  cipher.setAAD(Buffer.concat([open, trailer]));
  cipher.setAuthTag(tag);
  try {
    return Buffer.concat([open, cipher.update(body), cipher.final()]);
  } catch {
    return null;
  }
}

/** Bytes of the RTP header with its extension (RFC 3550 §5.3.1). */
function headerBytes(packet: Buffer): number {
  const fixed = 12 + 4 * (packet[0]! & 15);
  return (packet[0]! & 0x10) === 0 ? fixed : fixed + 4 + 4 * packet.readUInt16BE(fixed + 2);
}

/** GCM authenticates no rollover counter, because it is in the IV. */
function rollover(keys: SessionKeys, roc: number): Buffer {
  const bytes = Buffer.alloc(keys.profile === 'AES128_CM_SHA1_80' ? 4 : 0);
  if (bytes.length > 0) bytes.writeUInt32BE(roc);
  return bytes;
}

export function protectRtp(keys: SessionKeys, packet: Buffer, roc: number): Buffer {
  const header = headerBytes(packet);
  const index = roc * 2 ** 16 + packet.readUInt16BE(2);
  const [open, body] = [packet.subarray(0, header), packet.subarray(header)];
  return seal(keys, packet.readUInt32BE(8), index, open, body, rollover(keys, roc));
}

export function unprotectRtp(keys: SessionKeys, packet: Buffer, roc: number): Buffer | null {
  const header = headerBytes(packet);
  const index = roc * 2 ** 16 + packet.readUInt16BE(2);
  const [open, rest] = [packet.subarray(0, header), packet.subarray(header)];
  return unseal(keys, packet.readUInt32BE(8), index, open, rest, rollover(keys, roc));
}

export function protectRtcp(keys: SessionKeys, packet: Buffer, index: number): Buffer {
  const trailer = Buffer.alloc(4);
  trailer.writeUInt32BE(2 ** 31 + index);
  const sealed = seal(keys, packet.readUInt32BE(4), index, packet.subarray(0, 8), packet.subarray(8), trailer);
  if (keys.profile !== 'AES128_CM_SHA1_80') return Buffer.concat([sealed, trailer]);
  const at = sealed.length - 10;
  return Buffer.concat([sealed.subarray(0, at), trailer, sealed.subarray(at)]);
}

export function unprotectRtcp(keys: SessionKeys, packet: Buffer): { packet: Buffer; index: number } | null {
  const isGcm = keys.profile !== 'AES128_CM_SHA1_80';
  const at = packet.length - (isGcm ? 4 : 14);
  const trailer = packet.subarray(at, at + 4);
  const index = trailer.readUInt32BE(0) - 2 ** 31;
  const rest = Buffer.concat([packet.subarray(8, at), packet.subarray(at + 4)]);
  const plain = unseal(keys, packet.readUInt32BE(4), index, packet.subarray(0, 8), rest, trailer);
  return plain === null ? null : { packet: plain, index };
}
