import { type Key, SHIFT } from './key.ts';
import { closestKeyName, keyOfName } from './key-names.ts';

/** Keys that go down together, in this order, and up in the opposite one: virtual keys. */
export type Chord = readonly number[];

/** What a press of keys comes to: a chord, or a character that no key types. */
export type KeyPress = { type: 'chord'; keys: Chord } | { type: 'text'; text: string };

export type KeyParse<T> = { isValid: true; value: T } | { isValid: false; fault: KeyFault };

export type KeyFault = { type: 'unknown'; key: string; closest: string | null } | { type: 'tooMany'; most: string };

/** A chord has no more keys than hands can hold. */
const MAX_KEYS = 10;
/** Presses in one text. */
const MAX_PRESSES = 50;

/**
 * "ctrl+shift+t", "Return", "+", "ctrl++". Several presses may follow each other, separated by spaces, as xdotool takes them. `capitals`: a
 * single capital letter is typed as one; models that write all keys in capitals mean the key.
 */
export function parsePresses(text: string, { capitals }: { capitals: boolean }): KeyParse<KeyPress[]> {
  const whole = parsePress(text, { capitals });
  // "Page Down" is one key, " " is the space bar.
  if (whole.isValid) return { isValid: true, value: [whole.value] };
  const parts = text.split(/\s+/).filter((part) => part !== '');
  if (parts.length < 2) return whole;
  if (parts.length > MAX_PRESSES) return tooMany(`${MAX_PRESSES} presses`);
  const presses: KeyPress[] = [];
  for (const part of parts) {
    const press = parsePress(part, { capitals });
    if (!press.isValid) return press;
    presses.push(press.value);
  }
  return { isValid: true, value: presses };
}

/** Keys named one by one; each may be a chord itself. */
export function parseKeyList(names: readonly string[]): KeyParse<KeyPress> {
  const tokens = names.flatMap(splitChord);
  const only = tokens.length === 1 ? tokens[0]! : null;
  if (only !== null && isCharacterWithoutKey(only)) return { isValid: true, value: { type: 'text', text: only } };
  const chord = chordOf(tokens, { capitals: false });
  return chord.isValid ? { isValid: true, value: { type: 'chord', keys: chord.value } } : chord;
}

/** Keys that are held while something else happens: "ctrl", "ctrl+shift". Empty: none. */
export function parseHeld(text: string): KeyParse<Chord> {
  return text.trim() === '' ? { isValid: true, value: [] } : chordOf(splitChord(text), { capitals: false });
}

/** The same, named one by one. */
export function parseHeldList(names: readonly string[]): KeyParse<Chord> {
  return chordOf(names.flatMap(splitChord), { capitals: false });
}

function parsePress(text: string, options: { capitals: boolean }): KeyParse<KeyPress> {
  const tokens = splitChord(text);
  return tokens.length === 1 && options.capitals && /^[A-Z]$/.test(tokens[0]!)
    ? chordPress(chordOf(tokens, options))
    : parseKeyList([text]);
}

function chordPress(chord: KeyParse<Chord>): KeyParse<KeyPress> {
  return chord.isValid ? { isValid: true, value: { type: 'chord', keys: chord.value } } : chord;
}

/** At each plus that stands between keys: a plus at the end is the key of that name. */
function splitChord(text: string): string[] {
  if (text === '+') return ['+'];
  const parts = text.endsWith('++') ? [...text.slice(0, -2).split('+'), '+'] : text.split('+');
  return parts.map((part) => (part === ' ' ? part : part.trim()));
}

function chordOf(names: readonly string[], { capitals }: { capitals: boolean }): KeyParse<Chord> {
  const keys: number[] = [];
  for (const name of names) {
    const key = named(name, capitals);
    if (key === null) return { isValid: false, fault: { type: 'unknown', key: name, closest: closestKeyName(name) } };
    if (key.shift && !keys.includes(SHIFT)) keys.push(SHIFT);
    if (!keys.includes(key.virtualKey)) keys.push(key.virtualKey);
    if (keys.length > MAX_KEYS) return tooMany(`${MAX_KEYS} keys at a time`);
  }
  return { isValid: true, value: keys };
}

function tooMany(most: string): { isValid: false; fault: KeyFault } {
  return { isValid: false, fault: { type: 'tooMany', most } };
}

function named(name: string, capitals: boolean): Key | null {
  const isLetter = /^[A-Za-z]$/.test(name);
  return keyOfName(isLetter && !capitals ? name.toLowerCase() : name);
}

function isCharacterWithoutKey(name: string): boolean {
  return [...name].length === 1 && name.isWellFormed() && !/\p{Cc}/u.test(name) && keyOfName(name) === null;
}
