import { createCipheriv, createDecipheriv } from 'node:crypto';
import { GameStreamError } from '../errors.ts';

export interface ControlCipherOptions {
  /** 16 bytes, the session's key. */
  key: Buffer;
  /** `v2` 12-byte IV, `old` 16-byte IV, protocol/2 §3.3. */
  style: 'v2' | 'old';
  /** Which side this is: it seals as this side and opens what the other side sealed. */
  role: 'client' | 'host';
}

/** What was opened, and what was dropped and why, protocol/2 §6. */
export class ControlCipherStats {
  opened = 0;
  tooShort = 0;
  notEncrypted = 0;
  badLength = 0;
  badTag = 0;
  /** Opened, but longer than stated. */
  trailing = 0;
}

const ENVELOPE_TYPE = 0x0001;
const TAG_BYTES = 16;
/** Type, length, sequence number and tag. */
const ENVELOPE_BYTES = 8 + TAG_BYTES;
/** Sequence number, tag and a message without payload. */
const MIN_LENGTH = 4 + TAG_BYTES + 4;
const MAX_PLAIN_BYTES = 0xffff - 4 - TAG_BYTES;

/** The encrypted envelope of the control stream, protocol/2 §3.2 and §3.3. Counts its own sequence numbers from 0. */
export class ControlCipher {
  readonly #key: Buffer;
  readonly #style: 'v2' | 'old';
  readonly #role: 'client' | 'host';
  #nextSequence = 0;
  readonly #stats = new ControlCipherStats();

  constructor(options: ControlCipherOptions) {
    if (options.key.length !== 16) throw new GameStreamError('INVALID_ARGUMENT', 'the control key has 16 bytes');
    this.#key = Buffer.from(options.key);
    this.#style = options.style;
    this.#role = options.role;
  }

  /** Wraps one plain V2 message in an envelope with the next sequence number. Errors: INVALID_ARGUMENT. */
  seal(plain: Buffer): Buffer {
    if (plain.length > MAX_PLAIN_BYTES) {
      throw new GameStreamError('INVALID_ARGUMENT', `a control message of ${plain.length} bytes is too long`);
    }
    const sequence = this.#nextSequence;
    this.#nextSequence = (sequence + 1) >>> 0;
    const cipher = createCipheriv('aes-128-gcm', this.#key, this.#iv(sequence, this.#role));
    const body = Buffer.concat([cipher.update(plain), cipher.final()]);
    const head = Buffer.alloc(8);
    head.writeUInt16LE(ENVELOPE_TYPE, 0);
    head.writeUInt16LE(4 + TAG_BYTES + body.length, 2);
    head.writeUInt32LE(sequence, 4);
    return Buffer.concat([head, cipher.getAuthTag(), body]);
  }

  /** The plain V2 message of an envelope, or null (counted in `stats`). Sequence numbers may come in any order. */
  open(packet: Buffer): { sequence: number; plain: Buffer } | null {
    if (packet.length < 2) return this.#drop('tooShort');
    if (packet.readUInt16LE(0) !== ENVELOPE_TYPE) return this.#drop('notEncrypted');
    if (packet.length < 8) return this.#drop('tooShort');
    const end = 4 + packet.readUInt16LE(2);
    if (end < 4 + MIN_LENGTH || end > packet.length) return this.#drop('badLength');
    const sequence = packet.readUInt32LE(4);
    const sender = this.#role === 'client' ? 'host' : 'client';
    const decipher = createDecipheriv('aes-128-gcm', this.#key, this.#iv(sequence, sender), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(packet.subarray(8, ENVELOPE_BYTES));
    const plain = decipher.update(packet.subarray(ENVELOPE_BYTES, end));
    try {
      decipher.final();
    } catch {
      return this.#drop('badTag');
    }
    this.#stats.opened++;
    if (end < packet.length) this.#stats.trailing++;
    return { sequence, plain };
  }

  stats(): ControlCipherStats {
    return { ...this.#stats };
  }

  #drop(why: keyof ControlCipherStats): null {
    this.#stats[why]++;
    return null;
  }

  #iv(sequence: number, sender: 'client' | 'host'): Buffer {
    if (this.#style === 'old') {
      const iv = Buffer.alloc(16);
      iv[0] = sequence & 0xff;
      return iv;
    }
    const iv = Buffer.alloc(12);
    iv.writeUInt32LE(sequence, 0);
    iv.write(sender === 'client' ? 'CC' : 'HC', 10, 'latin1');
    return iv;
  }
}
