import type { InputPacket } from './packet.ts';

/** One packet per code point, protocol/2 §4.3; lone surrogates are left out. */
export function splitText(text: string): InputPacket[] {
  return Array.from(text)
    .filter((codePoint) => codePoint.isWellFormed())
    .map((codePoint) => ({ kind: 'text', text: codePoint }));
}
