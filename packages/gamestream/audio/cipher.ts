import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { GameStreamError } from '../errors.ts';

/** What audio packets are encrypted with. */
export interface AudioKey {
  key: KeyObject;
  /** The signed `rikeyid`. */
  keyId: number;
}

/** null if audio is in the clear. Throws INVALID_ARGUMENT for a key that is not 16 bytes, or that has no id. */
export function audioKey(options: { key?: Buffer | undefined; keyId?: number | undefined }): AudioKey | null {
  if (options.key === undefined) return null;
  if (options.key.length !== 16 || options.keyId === undefined) {
    throw new GameStreamError('INVALID_ARGUMENT', 'An audio key is 16 bytes and an id');
  }
  return { key: createSecretKey(options.key), keyId: options.keyId };
}

/** protocol/3 §8.5: u32be of rikeyid + the 16-bit sequence number, then zeros. */
function packetIv(keyId: number, sequence: number): Buffer {
  const iv = Buffer.alloc(16);
  iv.writeUInt32BE((keyId + (sequence & 0xffff)) >>> 0, 0);
  return iv;
}

/** null if the length or the padding is wrong. */
export function decryptAudio({ key, keyId }: AudioKey, sequence: number, payload: Buffer): Buffer | null {
  if (payload.length === 0 || payload.length % 16 !== 0) return null;
  const decipher = createDecipheriv('aes-128-cbc', key, packetIv(keyId, sequence));
  try {
    const plain = Buffer.concat([decipher.update(payload), decipher.final()]);
    return plain.length === 0 ? null : plain;
  } catch {
    return null;
  }
}

export function encryptAudio({ key, keyId }: AudioKey, sequence: number, opus: Buffer): Buffer {
  const cipher = createCipheriv('aes-128-cbc', key, packetIv(keyId, sequence));
  return Buffer.concat([cipher.update(opus), cipher.final()]);
}
