import type { Typing, ViewerInput } from '@moonshare/contract';
import { type Key, SHIFT } from './keys/key.ts';
import { keyOfCharacter } from './keys/us-layout.ts';
import { BURST_CHARACTERS, CHARACTER_MS } from './pacing.ts';
import type { Step } from './step.ts';

/** Characters, with line breaks as one each; others than these have no key and no text. */
const CHARACTERS = /\r\n|[\n\r\u0085\u2028\u2029]|\t|\P{Cc}/gu;

export function typeSteps(text: string, typing: Typing): Step[] {
  const events: ViewerInput[][] = [];
  let hasLetters = false;
  for (const [written] of text.matchAll(CHARACTERS)) {
    const character = /^[\r\n\u0085\u2028\u2029]/.test(written) ? '\n' : written;
    if (!character.isWellFormed()) continue;
    const isKey = typing === 'keys' || character === '\n' || character === '\t';
    const key = isKey ? keyOfCharacter(character) : null;
    events.push(key === null ? [{ kind: 'text', text: character }] : tapped(key));
    if (key !== null) hasLetters ||= /[a-z]/i.test(character);
  }
  const steps: Step[] = [];
  // A person may have left Caps Lock on.
  if (hasLetters) steps.push({ type: 'input', events: [CAPS_LOCK_OFF] });
  for (let i = 0; i < events.length; i += BURST_CHARACTERS) {
    const burst = events.slice(i, i + BURST_CHARACTERS);
    steps.push({ type: 'input', events: burst.flat() }, { type: 'wait', ms: CHARACTER_MS * burst.length });
  }
  return steps;
}

const CAPS_LOCK_OFF: ViewerInput = { kind: 'lockKeys', capsLock: false, numLock: null, scrollLock: null };

function tapped({ virtualKey, shift }: Key): ViewerInput[] {
  const key = (code: number, down: boolean): ViewerInput => ({ kind: 'key', down, modifiers: 0, virtualKey: code });
  const tap = [key(virtualKey, true), key(virtualKey, false)];
  return shift ? [key(SHIFT, true), ...tap, key(SHIFT, false)] : tap;
}
