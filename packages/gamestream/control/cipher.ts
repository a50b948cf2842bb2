import { GameStreamError } from '../errors.ts';

export interface ControlCipherOptions {
  /** 16 bytes, the session's key. */
  key: Buffer;
  /** `v2` 12-byte IV, `old` 16-byte IV, protocol/2 §3.3. */
  style: 'v2' | 'old';
  /** Which side this is: it seals as this side and opens what the other side sealed. */
  role: 'client' | 'host';
}

/** What was dropped and why, protocol/2 §6. */
export interface ControlCipherStats {
  opened: number;
  tooShort: number;
  notEncrypted: number;
  badLength: number;
  badTag: number;
  /** Accepted, but longer than stated. */
  trailing: number;
}

export class ControlCipher {
  constructor(_o: ControlCipherOptions) {}

  /** Puts one plain V2 message into an envelope with the next sequence number. */
  seal(_plain: Buffer): Buffer {
    throw new GameStreamError('CONTROL_FAILED', 'not written yet');
  }

  /** The plain V2 message of an envelope, or null (counted in `stats`). */
  open(_packet: Buffer): { sequence: number; plain: Buffer } | null {
    throw new GameStreamError('CONTROL_FAILED', 'not written yet');
  }

  stats(): ControlCipherStats {
    throw new GameStreamError('CONTROL_FAILED', 'not written yet');
  }
}
