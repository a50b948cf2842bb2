import type { InputPacket } from './packet.ts';

/** One input packet, or null when it is unknown, too short, or names a controller above 15. */
export function decodeInput(_payload: Buffer): InputPacket | null {
  return null;
}
