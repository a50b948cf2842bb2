import type { Platform } from '../platform.ts';
import type { Press } from './key-action.ts';

/**
 * When Alt goes up, Windows turns the digits pressed while it was held into a character and inserts it, although the page has
 * prevented each of the keys. The host gets the same keys and makes the character itself.
 */
export class AltCodes {
  readonly #isMade: boolean;
  #state: 'none' | 'digits' | 'inserting' = 'none';

  constructor(platform: Platform) {
    this.#isMade = platform === 'windows';
  }

  down({ code, flags }: Press): void {
    this.#state = this.#isMade && flags.alt && /^Numpad(\d|Add)$/.test(code) ? 'digits' : 'none';
  }

  up({ code }: Press): void {
    if (code === 'AltLeft') this.#state = this.#state === 'digits' ? 'inserting' : 'none';
  }

  /** Whether text inserted now is that character. */
  takes(): boolean {
    const isInserting = this.#state === 'inserting';
    this.#state = 'none';
    return isInserting;
  }
}
