import type { InputOutcome, ToStreamer, ViewerInput } from '@moonshare/contract';

/** Limit for what a caller that died still holds (docs/architecture.md, "Figures to hold"). */
const HOLD_MS = 10_000;

/** Its ID as a participant, and whom its budget is charged to. */
export type AgentId = Extract<ToStreamer, { type: 'input' }>['agent'];

interface AgentParticipants {
  join(agent: AgentId): void;
  /** All of them or none. */
  handle(id: string, events: readonly ViewerInput[]): InputOutcome;
  /** Releases everything it holds. */
  leave(id: string): void;
}

/** Input by API: each agent is one more participant, from its first event until it releases or falls silent. */
export class AgentInput {
  readonly #participants: AgentParticipants;
  readonly #holdMs: number;
  /** Of the agents that are here. How many there can be is up to the server. */
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(participants: AgentParticipants, holdMs = HOLD_MS) {
    this.#participants = participants;
    this.#holdMs = holdMs;
  }

  /** `holdMs`: another limit until its next input. */
  take(agent: AgentId, events: readonly ViewerInput[], release: boolean, holdMs = this.#holdMs): InputOutcome {
    const { id } = agent;
    if (!this.#timers.has(id)) this.#participants.join(agent);
    clearTimeout(this.#timers.get(id));
    const outcome = this.#participants.handle(id, events);
    if (release) this.#leave(id);
    else
      this.#timers.set(
        id,
        setTimeout(() => this.#leave(id), holdMs),
      );
    return outcome;
  }

  /** Ends the timers; what is held ends with the session. */
  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #leave(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.#participants.leave(id);
  }
}
