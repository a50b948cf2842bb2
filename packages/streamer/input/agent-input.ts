import type { InputAnswer, ViewerInput } from '@moonshare/contract';

/** Cannot collide: peers have UUIDs. */
const HOLDER = 'agent';
/** Limit for what a caller that died still holds (docs/architecture.md, "Figures to hold"). */
const HOLD_MS = 10_000;

interface AgentParticipant {
  join(holder: string): void;
  /** All of them or, beyond the holder's budget, none: false. */
  handle(holder: string, events: readonly ViewerInput[]): boolean;
  /** Releases everything it holds. */
  leave(holder: string): void;
}

/** Input by API: one more participant, from its first event until it releases or falls silent. */
export class AgentInput {
  readonly #participant: AgentParticipant;
  readonly #holdMs: number;
  #timer: NodeJS.Timeout | null = null;

  constructor(participant: AgentParticipant, holdMs = HOLD_MS) {
    this.#participant = participant;
    this.#holdMs = holdMs;
  }

  take(events: readonly ViewerInput[], release: boolean): InputAnswer {
    if (this.#timer === null) this.#participant.join(HOLDER);
    this.close();
    const isAccepted = this.#participant.handle(HOLDER, events);
    if (release) this.#participant.leave(HOLDER);
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
    this.#participant.leave(HOLDER);
  }
}
