import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { GameStreamError } from '../errors.ts';
import { VIDEO_HEADER } from './datagram.ts';

/** IV 12, frame index in the clear 4, tag 16: protocol/3 §7. */
export const ENCRYPTION_HEADER = 32;

/** A key object costs a third of what a buffer costs per datagram. Throws INVALID_ARGUMENT unless `key` has 16 bytes. */
export function videoKey(key: Buffer): KeyObject {
  checkKey(key);
  return createSecretKey(key);
}

function checkKey(key: Buffer): void {
  if (key.length !== 16) throw new GameStreamError('INVALID_ARGUMENT', `A video key of ${key.length} bytes`);
}

/** The frame index an encrypted datagram claims, unauthenticated; 0 = not given. The datagram must have 16 bytes or more. */
export function hintedFrame(datagram: Buffer): number {
  return datagram.readUInt32LE(12);
}

/**
 * Opens AES-128-GCM under one key: the IV (12 bytes), the tag (16) and the sealed bytes, to the end, are where it is told. `plain` has
 * room for as many. False: the tag is wrong, and `plain` is rubbish.
 */
export type GcmOpener = (message: Buffer, ivAt: number, tagAt: number, sealedAt: number, plain: Buffer) => boolean;

/** Of a key of 16 bytes. */
export type CreateGcmOpener = (key: Buffer) => GcmOpener;

/** Node's own, which makes a decipher for each message. */
export const createNodeGcmOpener: CreateGcmOpener = (bytes) => {
  const key = createSecretKey(bytes);
  return (message, ivAt, tagAt, sealedAt, plain) => {
    const decipher = createDecipheriv('aes-128-gcm', key, message.subarray(ivAt, ivAt + 12), { authTagLength: 16 });
    decipher.setAuthTag(message.subarray(tagAt, tagAt + 16));
    decipher.update(message.subarray(sealedAt)).copy(plain);
    try {
      decipher.final();
    } catch {
      return false;
    }
    return true;
  };
};

/** Throws INVALID_ARGUMENT unless `key` has 16 bytes. */
export function videoOpener(key: Buffer, create: CreateGcmOpener = createNodeGcmOpener): GcmOpener {
  checkKey(key);
  return create(key);
}

/** Null if the datagram is too short or the tag is wrong. The result is the first part of `room`, which must suffice. */
export function openVideoDatagram(open: GcmOpener, datagram: Buffer, room: Buffer): Buffer | null {
  if (datagram.length < ENCRYPTION_HEADER + VIDEO_HEADER) return null;
  const plain = room.subarray(0, datagram.length - ENCRYPTION_HEADER);
  return open(datagram, 0, 16, ENCRYPTION_HEADER, plain) ? plain : null;
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
