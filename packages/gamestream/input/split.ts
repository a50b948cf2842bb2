import type { InputPacket } from './packet.ts';

/** One packet per code point, protocol/2 §4.3; lone surrogates are left out. */
export function splitText(_text: string): InputPacket[] {
  return [];
}

/** A relative move of any size as packets within 16 bits; none for no movement, protocol/2 §4.4. */
export function splitMouseMove(_dx: number, _dy: number): InputPacket[] {
  return [];
}
