import { type Lock, lockOf } from './lock-keys.ts';
import { type Flags, type Modifier, modifierOf } from './modifiers.ts';
import { virtualKey } from './virtual-keys.ts';

/** The parts of a `KeyboardEvent` that identify the key. */
export interface Press {
  key: string;
  code: string;
  keyCode: number;
  location: number;
  flags: Flags;
}

/** What a key means for the host; null: leave it to the browser. */
export type KeyAction =
  | { kind: 'modifier'; modifier: Modifier; virtualKey: number }
  | { kind: 'lock'; lock: Lock; virtualKey: number }
  /** Switches an input method. Systems send a key-down for each press and rarely a key-up. */
  | { kind: 'mode'; virtualKey: number }
  /** The key at that position; `shift`: with Shift, though nobody holds it. */
  | { kind: 'key'; virtualKey: number; shift: boolean }
  | { kind: 'text'; text: string }
  | null;

/** What a US keyboard has on Shift. No common layout has one of these on the same key without Shift. */
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

/** Keys that switch input methods, by name, with their Windows virtual key for when the code has none. */
const MODE_KEYS: Readonly<Record<string, number>> = {
  Alphanumeric: 0x14,
  Eisu: 0x14,
  KanaMode: 0x15,
  HangulMode: 0x15,
  Hiragana: 0x15,
  Katakana: 0x15,
  HiraganaKatakana: 0x15,
  Romaji: 0x15,
  JunjaMode: 0x17,
  FinalMode: 0x18,
  HanjaMode: 0x19,
  KanjiMode: 0x19,
  Convert: 0x1c,
  NonConvert: 0x1d,
  ModeChange: 0x1f,
  Zenkaku: 0xc0,
  Hankaku: 0xc0,
  ZenkakuHankaku: 0xc0,
};

const MODE_CODES: ReadonlySet<string> = new Set([
  ...['Convert', 'NonConvert', 'KanaMode'],
  ...['Lang1', 'Lang2', 'Lang3', 'Lang4', 'Lang5'],
]);

/**
 * Keyboards report the key's position, and the host applies its layout. Test tools and on-screen keyboards may report a capital or
 * symbol at its position without Shift: that is sent with Shift, which types it in every program, while text does not on Linux
 * hosts. A key without a position is sent as text, or by its name.
 */
export function keyActionOf(press: Press): KeyAction {
  const { code } = press;
  const key = nameOf(press.key);
  const modifier = modifierOf(press);
  const place = virtualKey(code);
  if (Object.hasOwn(MODE_KEYS, key) || MODE_CODES.has(code))
    return { kind: 'mode', virtualKey: (modifierOf({ ...press, key: '' }) === null ? place : null) ?? MODE_KEYS[key]! };
  if (modifier !== null) return { kind: 'modifier', ...modifier };
  const named = virtualKey(key);
  // A Caps Lock remapped to another key is that key; its light stays off.
  const isRenamed = code === 'CapsLock' || movesInstead(press);
  const found = isRenamed ? (named ?? place) : (place ?? named ?? byNumber(press));
  if (found !== null) {
    const lock = lockOf(found);
    return lock === null
      ? { kind: 'key', virtualKey: found, shift: place !== null && lacksShift(press) }
      : { kind: 'lock', lock, virtualKey: found };
  }
  if (!isCharacter(key)) return null;
  if (!isCommand(press.flags)) return { kind: 'text', text: key };
  const letter = letterKey(key);
  return letter === null ? null : { kind: 'key', virtualKey: letter, shift: false };
}

/** Older iPads have their own names for some keys. */
function nameOf(key: string): string {
  const [, arrow, name] = /^UIKeyInput(?:(Up|Down|Left|Right)Arrow|(\w+))$/.exec(key) ?? [];
  return arrow === undefined ? (name ?? key) : `Arrow${arrow}`;
}

/** With Num Lock on and Shift held, the number pad moves the cursor; Windows releases Shift around each such key. */
function movesInstead({ key, code, flags }: Press): boolean {
  return /^Numpad(\d|Decimal)$/.test(code) && flags.numLock && !flags.shift && !isCharacter(key);
}

/** The key of a letter or digit on a US keyboard: keyboards that report no positions still have shortcuts. */
export function letterKey(character: string): number | null {
  return virtualKey(/\d/.test(character) ? `Digit${character}` : `Key${character.toUpperCase()}`);
}

/** Keyboards that report neither name nor position may report the number, which is the virtual key for keys without a character. */
function byNumber({ key, keyCode }: Press): number | null {
  if (key !== '' && key !== 'Unidentified') return null;
  return [0x08, 0x09, 0x0d, 0x1b, 0x2d, 0x2e].includes(keyCode) ||
    (keyCode >= 0x21 && keyCode <= 0x28) ||
    (keyCode >= 0x70 && keyCode <= 0x87)
    ? keyCode
    : null;
}

function lacksShift({ key, code, flags }: Press): boolean {
  if (flags.shift || flags.control || flags.alt || flags.meta || flags.altGraph) return false;
  // With Caps Lock on, real keyboards send capitals without Shift too, and the host has its own Caps Lock.
  if (isCapital(key)) return !flags.capsLock;
  return Object.hasOwn(SHIFTED, code) && SHIFTED[code] === key;
}

/** Some browsers report AltGr as Control and Alt, and it types characters. */
function isCommand({ control, alt, meta, altGraph }: Flags): boolean {
  return meta || ((control || alt) && !altGraph);
}

function isCapital(key: string): boolean {
  return isCharacter(key) && key !== key.toLowerCase();
}

/** Names of keys are longer. */
export function isCharacter(key: string): boolean {
  return [...key].length === 1;
}
