import { GameStreamError } from '../errors.ts';
import type { HostMessage } from './message.ts';

/** The V2 message; hosts send all of them reliable on channel 0. */
export function encodeHostMessage(_m: HostMessage): Buffer {
  throw new GameStreamError('CONTROL_FAILED', 'not written yet');
}

/** Errors: MALFORMED below 4 bytes. Fields that are missing are 0, bytes after the last field are ignored. */
export function decodeHostMessage(_plain: Buffer): HostMessage {
  throw new GameStreamError('CONTROL_FAILED', 'not written yet');
}
