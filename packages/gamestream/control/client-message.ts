import type { EnetMode } from '../enet/types.ts';
import { GameStreamError } from '../errors.ts';
import type { ClientMessage } from './message.ts';

/** The V2 message with its channel and mode. The first requestIdr of a session goes on channel 0 all the same. */
export function encodeClientMessage(_m: ClientMessage): { channel: number; mode: EnetMode; plain: Buffer } {
  throw new GameStreamError('CONTROL_FAILED', 'not written yet');
}

/** Errors: MALFORMED below 4 bytes. Fields that are missing are 0; input that does not parse is `unknown`. */
export function decodeClientMessage(_plain: Buffer): ClientMessage {
  throw new GameStreamError('CONTROL_FAILED', 'not written yet');
}
