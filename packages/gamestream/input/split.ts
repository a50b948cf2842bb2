import type { InputPacket } from './packet.ts';

/** One packet per code point, protocol/2 §4.3; lone surrogates are left out. */
export function splitText(text: string): InputPacket[] {
  return Array.from(text)
    .filter((codePoint) => codePoint.isWellFormed())
    .map((codePoint) => ({ kind: 'text', text: codePoint }));
}

/** Splits a relative move into packets that fit 16 bits; no packet for no movement, protocol/2 §4.4. */
export function splitMouseMove(dx: number, dy: number): InputPacket[] {
  const packets: InputPacket[] = [];
  const steps = Math.ceil(Math.max(Math.abs(dx), Math.abs(dy)) / 0x7fff);
  for (let i = 0; i < steps; i++) {
    packets.push({ kind: 'mouseMove', dx: part(dx, i), dy: part(dy, i) });
  }
  return packets;
}

/** The i-th part of a distance, at most 0x7fff long. */
function part(distance: number, i: number): number {
  const rest = Math.max(0, Math.abs(distance) - i * 0x7fff);
  return Math.sign(distance) * Math.min(0x7fff, rest) || 0;
}
