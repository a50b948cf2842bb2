import type { Platform } from '../platform.ts';
import type { Press } from './key-action.ts';

/**
 * Windows makes a character of the digits that are pressed while Alt is held, when Alt goes up, and inserts it although the page has
 * kept each of the keys. The host has got the same keys and makes it itself.
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

  /** Whether a text that is inserted now is that character. */
  takes(): boolean {
    const isInserting = this.#state === 'inserting';
    this.#state = 'none';
    return isInserting;
  }
}
