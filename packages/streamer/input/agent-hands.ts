import type { InputAnswer, ViewerInput } from '@moonshare/contract';

/** Peers have UUIDs: nobody else is called so. */
const HOLDER = 'agent';
/** A caller that died with a key down holds it no longer than this (docs/architecture.md, "Figures to hold"). */
const HOLD_MS = 10_000;

interface Hands {
  join(holder: string): void;
  /** All of them or, beyond the holder's budget, none: false. */
  handle(holder: string, events: readonly ViewerInput[]): boolean;
  /** Lets go of all that it holds. */
  leave(holder: string): void;
}

/** Who types by API: one participant more, that is there from its first event until it lets go or falls silent. */
export class AgentHands {
  readonly #hands: Hands;
  readonly #holdMs: number;
  #timer: NodeJS.Timeout | null = null;

  constructor(hands: Hands, holdMs = HOLD_MS) {
    this.#hands = hands;
    this.#holdMs = holdMs;
  }

  take(events: readonly ViewerInput[], release: boolean): InputAnswer {
    if (this.#timer === null) this.#hands.join(HOLDER);
    this.close();
    const isAccepted = this.#hands.handle(HOLDER, events);
    if (release) this.#hands.leave(HOLDER);
    else this.#timer = setTimeout(() => this.#silent(), this.#holdMs);
    return isAccepted ? { accepted: events.length, refused: 0 } : { accepted: 0, refused: events.length };
  }

  /** Ends the timer; what is held ends with the session. */
  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #silent(): void {
    this.#timer = null;
    this.#hands.leave(HOLDER);
  }
}
