import type { ViewerInput } from '@moonshare/contract';

/** What is down after input was sent. */
export class Held {
  readonly #down = new Set<string>();

  get isEmpty(): boolean {
    return this.#down.size === 0;
  }

  note(events: readonly ViewerInput[]): void {
    for (const event of events) {
      if (event.kind !== 'key' && event.kind !== 'mouseButton') continue;
      const name = event.kind === 'key' ? `key ${event.virtualKey}` : `button ${event.button}`;
      if (event.down) this.#down.add(name);
      else this.#down.delete(name);
    }
  }
}
