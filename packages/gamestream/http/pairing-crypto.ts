import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';

/** SHA-256 since generation 7, SHA-1 before, protocol/1 §5.1. */
export type PairingHash = 'sha256' | 'sha1';

/** K: the key that both sides derive from the salt and the PIN. 16 bytes. */
export function pairingKey(hash: PairingHash, salt: Buffer, pin: string): Buffer {
  return digest(hash, salt, Buffer.from(pin, 'ascii')).subarray(0, 16);
}

export function digest(hash: PairingHash, ...parts: Buffer[]): Buffer {
  const state = createHash(hash);
  for (const part of parts) state.update(part);
  return state.digest();
}

/** AES-128-ECB without padding, but with zeros up to a whole block. */
export function encrypt(key: Buffer, plain: Buffer): Buffer {
  const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(padTo(plain, Math.ceil(plain.length / 16) * 16)), cipher.final()]);
}

/** The length of `encrypted` must be a multiple of 16. */
export function decrypt(key: Buffer, encrypted: Buffer): Buffer {
  const decipher = createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  return Buffer.concat([decipher.update(encrypted), decipher.final()]);
}

export function padTo(bytes: Buffer, length: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(Math.max(0, length - bytes.length))]);
}

/** Hex of at most `maxBytes` bytes, either case; null for anything else. */
export function parseHex(text: string | null | undefined, maxBytes: number): Buffer | null {
  if (text === null || text === undefined || text.length > maxBytes * 2 || text.length % 2 !== 0) return null;
  return /^[0-9a-f]*$/i.test(text) ? Buffer.from(text, 'hex') : null;
}
