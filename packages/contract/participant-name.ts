/** Characters; more would not fit anywhere that a name is shown. */
export const MAX_NAME_LENGTH = 64;

/** What would hide in a line, turn its direction around or break it: controls, marks of direction, lone surrogates, line ends. */
const HIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/gu;

/** A name as it can be shown next to others; null: nothing is left of it. It is still text, not HTML. */
export function cleanName(text: string): string | null {
  // Bounded before it is looked at; a name that is cut there is cut again below.
  const plain = text
    .slice(0, 4 * MAX_NAME_LENGTH)
    .normalize('NFC')
    .replace(HIDDEN, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
  const name = [...plain].slice(0, MAX_NAME_LENGTH).join('').trim();
  return name === '' ? null : name;
}
