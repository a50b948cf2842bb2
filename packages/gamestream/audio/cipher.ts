import { createCipheriv, createDecipheriv } from 'node:crypto';

/** protocol/3 §8.5: u32be of rikeyid + the 16-bit sequence number, then zeros. */
function packetIv(keyId: number, sequence: number): Buffer {
  const iv = Buffer.alloc(16);
  iv.writeUInt32BE((keyId + (sequence & 0xffff)) >>> 0, 0);
  return iv;
}

/** null when the length or the padding is wrong. */
export function decryptAudio(key: Buffer, keyId: number, sequence: number, payload: Buffer): Buffer | null {
  if (payload.length === 0 || payload.length % 16 !== 0) return null;
  const decipher = createDecipheriv('aes-128-cbc', key, packetIv(keyId, sequence));
  try {
    const plain = Buffer.concat([decipher.update(payload), decipher.final()]);
    return plain.length === 0 ? null : plain;
  } catch {
    return null;
  }
}

export function encryptAudio(key: Buffer, keyId: number, sequence: number, opus: Buffer): Buffer {
  const cipher = createCipheriv('aes-128-cbc', key, packetIv(keyId, sequence));
  return Buffer.concat([cipher.update(opus), cipher.final()]);
}
