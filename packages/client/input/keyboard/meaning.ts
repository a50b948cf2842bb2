import { virtualKey } from './keys.ts';

/** How a press goes to the host; null: it is the browser's. */
export type Typed =
  /** The key of that place; `shift`: with Shift, though nobody holds it. */
  { kind: 'key'; virtualKey: number; shift: boolean } | { kind: 'text'; text: string } | null;

export type Press = Pick<KeyboardEvent, 'key' | 'code' | 'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey'> & {
  getModifierState(key: string): boolean;
};

/** What a US keyboard has on Shift. No layout that people use has one of these on the same key without. */
const SHIFTED: Readonly<Record<string, string>> = {
  Backquote: '~',
  Digit1: '!',
  Digit2: '@',
  Digit3: '#',
  Digit4: '$',
  Digit5: '%',
  Digit6: '^',
  Digit7: '&',
  Digit8: '*',
  Digit9: '(',
  Digit0: ')',
  Minus: '_',
  Equal: '+',
  BracketLeft: '{',
  BracketRight: '}',
  Backslash: '|',
  Semicolon: ':',
  Quote: '"',
  Comma: '<',
  Period: '>',
  Slash: '?',
};

/**
 * Keyboards give the key's place, and the host applies its layout. Test tools and on-screen keyboards may give a capital or symbol on
 * its place without Shift: that goes with Shift, which types it in every program, and text does not on Linux hosts. What
 * has no place goes as text, or by its name.
 */
export function typedBy(press: Press): Typed {
  const place = virtualKey(press.code);
  if (place !== null) return { kind: 'key', virtualKey: place, shift: lacksShift(press) };
  const named = virtualKey(press.key);
  if (named !== null) return { kind: 'key', virtualKey: named, shift: false };
  return isCharacter(press.key) && !isCommand(press) ? { kind: 'text', text: press.key } : null;
}

function lacksShift(press: Press): boolean {
  const { key, code, shiftKey } = press;
  if (shiftKey || isCommand(press) || press.getModifierState('AltGraph')) return false;
  // With Caps Lock on, capitals come without Shift from the keyboard too, and the host has a Caps Lock of its own.
  if (isCapital(key)) return !press.getModifierState('CapsLock');
  return Object.hasOwn(SHIFTED, code) && SHIFTED[code] === key;
}

function isCommand({ ctrlKey, altKey, metaKey }: Press): boolean {
  return ctrlKey || altKey || metaKey;
}

function isCapital(key: string): boolean {
  return isCharacter(key) && key !== key.toLowerCase();
}

/** Names of keys are longer. */
function isCharacter(key: string): boolean {
  return [...key].length === 1;
}
