/** Line ends, escapes, and characters that change the direction of text. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

/** One line for a terminal, of text that may come from a host or anyone on the network. */
export function singleLine(text: string): string {
  return text.replace(CONTROLS, ' ');
}
