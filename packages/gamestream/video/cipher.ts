import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { GameStreamError } from '../errors.ts';
import { VIDEO_HEADER } from './datagram.ts';

/** IV 12, frame index in the clear 4, tag 16: protocol/3 §7. */
export const ENCRYPTION_HEADER = 32;

/** A key object costs a third of what a buffer costs per datagram. Throws INVALID_ARGUMENT unless `key` has 16 bytes. */
export function videoKey(key: Buffer): KeyObject {
  if (key.length !== 16) throw new GameStreamError('INVALID_ARGUMENT', `A video key of ${key.length} bytes`);
  return createSecretKey(key);
}

/** The frame index an encrypted datagram claims, unauthenticated; 0 = not given. The datagram must have 16 bytes or more. */
export function hintedFrame(datagram: Buffer): number {
  return datagram.readUInt32LE(12);
}

/** Null if the datagram is too short or the tag is wrong. */
export function openVideoDatagram(key: KeyObject, datagram: Buffer): Buffer | null {
  if (datagram.length < ENCRYPTION_HEADER + VIDEO_HEADER) return null;
  const decipher = createDecipheriv('aes-128-gcm', key, datagram.subarray(0, 12), { authTagLength: 16 });
  decipher.setAuthTag(datagram.subarray(16, 32));
  const plain = decipher.update(datagram.subarray(ENCRYPTION_HEADER));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return plain;
}

/** `counter` is the number of datagrams sealed before with this key. */
export function sealVideoDatagram(key: KeyObject, counter: bigint, frameIndex: number, plain: Buffer): Buffer {
  const sealed = Buffer.alloc(ENCRYPTION_HEADER + plain.length);
  sealed.writeBigUInt64LE(counter, 0);
  sealed[11] = 0x56; // 'V'
  sealed.writeUInt32LE(frameIndex, 12);
  const cipher = createCipheriv('aes-128-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 });
  cipher.update(plain).copy(sealed, ENCRYPTION_HEADER);
  cipher.final();
  cipher.getAuthTag().copy(sealed, 16);
  return sealed;
}
