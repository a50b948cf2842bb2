import type { MoonshareError } from '@moonshare/contract';
import {
  type Chord,
  type KeyFault,
  type KeyParse,
  type KeyPress,
  parseHeld,
  parseHeldList,
  parseKeyList,
  parsePresses,
} from '../keys/chord.ts';
import { problem } from '../problem.ts';

/** Keys of Anthropic's `text`, where a capital letter is one. Throws KEY_UNKNOWN, and BAD_REQUEST for too many, as do those below. */
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
  return known(parseHeldList(keys ?? []), 'keys');
}

/** OpenAI's `keys` to press. */
export function pressOf(keys: readonly string[]): KeyPress {
  return known(parseKeyList(keys), 'keys');
}

function known<T>(parsed: KeyParse<T>, field: string): T {
  if (parsed.isValid) return parsed.value;
  throw problemOf(parsed.fault, field);
}

function problemOf(fault: KeyFault, field: string): MoonshareError {
  if (fault.type === 'tooMany') return problem('BAD_REQUEST', field, `may have ${fault.most}`);
  const { key, closest } = fault;
  const name = JSON.stringify(key.slice(0, 40));
  const meant = closest === null ? '' : `; the closest is ${closest}`;
  return problem('KEY_UNKNOWN', field, `there is no key ${name}${meant}`, { key: key.slice(0, 40), closest });
}
