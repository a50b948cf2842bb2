/** Ends of lines, escapes, and what turns text around. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

/** One line for a terminal, of what a host or somebody in the network may have written. */
export function singleLine(text: string): string {
  return text.replace(CONTROLS, ' ');
}
