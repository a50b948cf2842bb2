import type { ViewerInput } from '@moonshare/contract/browser';
import type { Platform } from '../../platform.ts';
import type { KeyboardSettings } from '../keyboard-settings.ts';
import { type KeyboardInput, KeyboardState } from '../keyboard-state.ts';
import type { Flags } from '../modifiers.ts';

const NAMES: Readonly<Record<number, string>> = {
  8: 'Back',
  13: 'Enter',
  20: 'Caps',
  21: 'Kana',
  28: 'Convert',
  44: 'Print',
  46: 'Delete',
  144: 'Num',
  145: 'Scroll',
  160: 'Shift',
  161: 'RShift',
  162: 'Ctrl',
  163: 'RCtrl',
  164: 'Alt',
  165: 'RAlt',
  91: 'Meta',
  92: 'RMeta',
};

const FLAGS: Readonly<Record<string, keyof Flags>> = {
  s: 'shift',
  c: 'control',
  a: 'alt',
  g: 'altGraph',
  m: 'meta',
  C: 'capsLock',
  N: 'numLock',
  S: 'scrollLock',
};

const NONE: Flags = {
  shift: false,
  control: false,
  alt: false,
  altGraph: false,
  meta: false,
  capsLock: false,
  numLock: false,
  scrollLock: false,
};

/** `s`hift, `c`ontrol, `a`lt, alt`g`raph, `m`eta, `C`aps, `N`um and `S`croll Lock. */
export function flags(letters: string): Flags {
  return { ...NONE, ...Object.fromEntries([...letters].map((letter) => [FLAGS[letter]!, true])) };
}

/** Feeds a KeyboardState browser events and records what it sends to the host, both in short notation. */
export class TestKeyboard {
  readonly state: KeyboardState;
  releases = 0;
  readonly #sent: string[] = [];
  #now = 1000;

  constructor(platform: Platform, settings: Partial<KeyboardSettings> = {}) {
    this.state = new KeyboardState({ platform, settings: { commandIsControl: false, matchLocks: false, ...settings } });
    this.handle({ type: 'taken' });
  }

  /** Whether the browser may carry out its default action. */
  handle(input: KeyboardInput): boolean {
    const { send, prevent, releaseRequested } = this.state.handle(input);
    this.#sent.push(...send.map(short));
    if (releaseRequested) this.releases += 1;
    return !prevent;
  }

  /**
   * Events in a row, each `+code key flags`, with `-` for a key-up and `.` for an empty code. After the flags: `repeat`, `229`,
   * `composing`, or `@20`: that many ms after the previous event instead of 1.
   */
  keys(...events: string[]): boolean[] {
    return events.map((event) => {
      const [sign, code = '', key = '', letters = '', ...more] = [event[0], ...event.slice(1).split(' ')];
      const given = more.find((word) => /^\d+$/.test(word));
      const pause = more.find((word) => word.startsWith('@'));
      this.#now += pause === undefined ? 1 : Number(pause.slice(1));
      return this.handle({
        type: sign === '+' ? 'keydown' : 'keyup',
        code: code === '.' ? '' : code,
        key: key === 'Space' ? ' ' : key,
        keyCode: Number(given ?? 0),
        location: more.includes('right') ? 2 : 0,
        flags: flags(letters === '.' ? '' : letters),
        repeat: more.includes('repeat'),
        isComposing: more.includes('composing'),
        at: this.#now,
      });
    });
  }

  pointer(letters: string, kind: 'mouse' | 'touch' | 'wheel' = 'mouse', pressed = false): void {
    this.handle({ type: 'pointer', kind, flags: flags(letters), pressed });
  }

  compose(...data: string[]): void {
    this.handle({ type: 'compositionstart' });
    this.handle({ type: 'compositionend', data: data.at(-1) ?? '' });
  }

  input(inputType: string, data: string | null = null, isComposing = false): boolean {
    return this.handle({ type: 'beforeinput', inputType, data, isComposing });
  }

  /** Advances the time by this much. */
  wait(ms: number): void {
    this.#now += ms;
    this.#sent.push(...this.state.advance(this.#now).send.map(short));
  }

  /** What the host has received since the last read. */
  get host(): string {
    return this.#sent.splice(0).join(' ');
  }
}

function short(event: ViewerInput): string {
  if (event.kind === 'text') return `"${event.text}"`;
  if (event.kind === 'lockKeys') {
    const { capsLock, numLock, scrollLock } = event;
    const each = { caps: capsLock, num: numLock, scroll: scrollLock };
    return `[${Object.entries(each)
      .flatMap(([name, on]) => (on === null ? [] : [`${name} ${on ? 'on' : 'off'}`]))
      .join(', ')}]`;
  }
  if (event.kind !== 'key') return event.kind;
  const { down, virtualKey, modifiers } = event;
  const name = NAMES[virtualKey] ?? String.fromCharCode(virtualKey);
  return `${down ? '+' : '-'}${name}${down && modifiers !== 0 && NAMES[virtualKey] === undefined ? `/${modifiers}` : ''}`;
}
