import type { MoonshareError } from '@moonshare/contract';
import { type Chord, type KeyParse, type KeyPress, parseHeld, parseKeyList, parsePresses } from '../keys/chord.ts';
import { problem } from '../problem.ts';

/** Keys of Anthropic's `text`, where a capital letter is one. Throws KEY_UNKNOWN, as do those below. */
export function pressesIn(text: string): KeyPress[] {
  return known(parsePresses(text, { capitals: true }), 'text');
}

/** Keys to hold for some time: a character that no key types cannot be. */
export function holdIn(text: string): Chord {
  return known(parseHeld(text), 'text');
}

/** Modifiers in `text`. */
export function heldIn(text: string | null | undefined): Chord {
  return known(parseHeld(text ?? ''), 'text');
}

/** OpenAI's `keys` that are held meanwhile. */
export function heldOf(keys: readonly string[] | null | undefined): Chord {
  const names = keys ?? [];
  return names.length === 0 ? [] : known(parseHeld(names.join('+')), 'keys');
}

/** OpenAI's `keys` to press. */
export function pressOf(keys: readonly string[]): KeyPress {
  return known(parseKeyList(keys), 'keys');
}

function known<T>(parsed: KeyParse<T>, field: string): T {
  if (parsed.isValid) return parsed.value;
  throw unknownKey(parsed, field);
}

function unknownKey({ key, closest }: { key: string; closest: string | null }, field: string): MoonshareError {
  const name = JSON.stringify(key.slice(0, 40));
  const meant = closest === null ? '' : `; the closest is ${closest}`;
  return problem('KEY_UNKNOWN', field, `there is no key ${name}${meant}`, { key: key.slice(0, 40), closest });
}
