import type { EnetMode } from '../enet/types.ts';
import { GameStreamError } from '../errors.ts';
import type { InputPacket, PenPacket } from './packet.ts';

/**
 * The payload of a 0x0206 message with its channel and mode, protocol/2 §4.2. `lastPen` is the pen packet sent before:
 * a pen hover or move whose buttons differ from it is sent reliably. Errors: INVALID_ARGUMENT for values out of range.
 */
export function encodeInput(
  _p: InputPacket,
  _lastPen: PenPacket | null = null,
): { channel: number; mode: EnetMode; payload: Buffer } {
  throw new GameStreamError('CONTROL_FAILED', 'not written yet');
}
