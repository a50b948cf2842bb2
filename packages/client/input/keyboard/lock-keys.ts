import type { ViewerInput } from '@moonshare/contract/browser';
import type { Platform } from '../platform.ts';
import type { Flags } from './modifiers.ts';

export type Lock = 'capsLock' | 'numLock' | 'scrollLock';

const KEYS: ReadonlyMap<number, Lock> = new Map([
  [0x14, 'capsLock'],
  [0x90, 'numLock'],
  [0x91, 'scrollLock'],
]);

/** Which locks each system's browsers report reliably: a Mac has no Num Lock, and Linux rarely reports Scroll Lock as on. */
const RELIABLE: Readonly<Record<Platform, readonly Lock[]>> = {
  windows: ['capsLock', 'numLock', 'scrollLock'],
  linux: ['capsLock', 'numLock'],
  android: ['capsLock'],
  mac: ['capsLock'],
  ios: ['capsLock'],
};

export function lockOf(virtualKey: number): Lock | null {
  return KEYS.get(virtualKey) ?? null;
}

/** Tracks this keyboard's lock keys, and returns what to tell the host about them. */
export class LockKeys {
  readonly #reliable: readonly Lock[];
  /** What was seen last; null: nothing since the keyboard was taken. */
  #seen: Record<Lock, boolean | 'pressed'> | null = null;

  constructor(platform: Platform) {
    this.#reliable = RELIABLE[platform];
  }

  /** The keyboard is taken again: the host's locks may have changed. */
  forget(): void {
    this.#seen = null;
  }

  /** Its press went to the host, which changes it there; later events will report the change here. */
  pressed(lock: Lock): void {
    if (this.#seen !== null) this.#seen[lock] = 'pressed';
  }

  /** null: the host already knows what this event reports. */
  see(flags: Flags): Extract<ViewerInput, { kind: 'lockKeys' }> | null {
    const before = this.#seen;
    this.#seen = { capsLock: flags.capsLock, numLock: flags.numLock, scrollLock: flags.scrollLock };
    const changed = this.#reliable.filter(
      (lock) => before === null || (before[lock] !== 'pressed' && before[lock] !== flags[lock]),
    );
    if (changed.length === 0) return null;
    const of = (lock: Lock): boolean | null => (changed.includes(lock) ? flags[lock] : null);
    return { kind: 'lockKeys', capsLock: of('capsLock'), numLock: of('numLock'), scrollLock: of('scrollLock') };
  }
}
