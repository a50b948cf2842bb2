import { createCipheriv, createDecipheriv } from 'node:crypto';
import { GameStreamError } from '../errors.ts';
import { MAX_MESSAGE_BYTES } from './message.ts';

const HEADER_BYTES = 24;
const ENCRYPTED = 0x80000000;

export type RtspRole = 'client' | 'host';

/** Encrypted RTSP, protocol/1 §8.7. Use one for all messages of a launch: its counter must never repeat under a key. */
export class RtspCipher {
  readonly #key: Buffer;
  readonly #role: RtspRole;
  #sequence = 0;

  constructor({ key, role }: { key: Buffer; role: RtspRole }) {
    if (key.length !== 16) throw new GameStreamError('INVALID_ARGUMENT', 'The key of encrypted RTSP has 16 bytes');
    this.#key = key;
    this.#role = role;
  }

  /** One message as a frame: header, sequence, tag, ciphertext. */
  seal(plain: Buffer): Buffer {
    const sequence = ++this.#sequence;
    const cipher = createCipheriv('aes-128-gcm', this.#key, iv(sequence, this.#role));
    const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
    const header = Buffer.alloc(8);
    header.writeUInt32BE(ENCRYPTED + encrypted.length, 0);
    header.writeUInt32BE(sequence, 4);
    return Buffer.concat([header, cipher.getAuthTag(), encrypted]);
  }

  /** Opens a whole frame from the other side. Throws MALFORMED for anything but a frame sealed with this key. */
  open(frame: Buffer): Buffer {
    const length = rtspFrameLength(frame);
    if (length === null || frame.length !== length) {
      throw new GameStreamError('MALFORMED', `An encrypted RTSP frame of ${frame.length} bytes that claims ${length}`);
    }
    const from = this.#role === 'client' ? 'host' : 'client';
    const decipher = createDecipheriv('aes-128-gcm', this.#key, iv(frame.readUInt32BE(4), from));
    decipher.setAuthTag(frame.subarray(8, HEADER_BYTES));
    try {
      return Buffer.concat([decipher.update(frame.subarray(HEADER_BYTES)), decipher.final()]);
    } catch (cause) {
      throw new GameStreamError('MALFORMED', 'An RTSP message that was sealed with another key', { cause });
    }
  }
}

/** Length of the whole frame that begins with these bytes; null = its header is incomplete. Throws MALFORMED. */
export function rtspFrameLength(bytes: Buffer): number | null {
  if (bytes.length < 4) return null;
  const word = bytes.readUInt32BE(0);
  if (word < ENCRYPTED) throw new GameStreamError('MALFORMED', 'RTSP in the clear where encryption was agreed');
  const length = word - ENCRYPTED;
  if (length > MAX_MESSAGE_BYTES) throw new GameStreamError('MALFORMED', `An RTSP frame of ${length} bytes`);
  return HEADER_BYTES + length;
}

function iv(sequence: number, from: RtspRole): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32LE(sequence, 0);
  bytes.write(from === 'client' ? 'CR' : 'HR', 10, 'ascii');
  return bytes;
}
