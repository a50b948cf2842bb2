import type { ActionsAnswer, ActionsRequest, Picture } from '@moonshare/contract';
import type { Agent } from '../control/agent.ts';
import type { Pictures } from '../pictures/pictures.ts';
import type { Streamer } from '../streamers/streamer.ts';
import { type AgentMemory, noteShown } from './agent-memory.ts';
import { Batch } from './batch.ts';
import { Turns } from './turns.ts';

/** Agents of a streamer that are remembered: more than there can be at a time. */
const MAX_REMEMBERED = 64;

type Done = (streamerId: string, agent: Agent, counts: Readonly<Record<string, number>>) => void;

/** Does what models want done, on the streams that people watch. */
export class Actions {
  readonly #pictures: Pictures;
  readonly #done: Done;
  readonly #agents = new WeakMap<Streamer, Map<string, AgentMemory>>();

  /** `done`: told how many actions of each kind an agent has done, for each request. */
  constructor(pictures: Pictures, done: Done) {
    this.#pictures = pictures;
    this.#done = done;
  }

  /**
   * Does the actions in order, after those of earlier requests of this agent, and answers when the last one is done. If one fails, rejects with
   * its code and `details.results`, and what the agent holds is released: BAD_REQUEST, KEY_UNKNOWN, OUTSIDE_PICTURE before anything was done;
   * CONTROL_TAKEN, CONTROL_DENIED, RATE_LIMITED, STREAMER_NOT_ACTIVE, what `Pictures.screenshot` throws, and the reason of `signal`.
   */
  run(streamer: Streamer, agent: Agent, request: ActionsRequest, signal: AbortSignal): Promise<ActionsAnswer> {
    const memory = this.#memoryOf(streamer, agent.id);
    return memory.turns.take(signal, () =>
      new Batch({
        streamer,
        agent,
        request,
        memory,
        pictures: this.#pictures,
        done: (counts) => this.#done(streamer.id, agent, counts),
        signal,
      }).run(),
    );
  }

  /** The agent was given this picture: its next coordinates are of it. */
  noteShown(streamer: Streamer, agent: Agent, picture: Picture): void {
    noteShown(this.#memoryOf(streamer, agent.id), picture);
  }

  #memoryOf(streamer: Streamer, agentId: string): AgentMemory {
    const known = this.#agents.get(streamer) ?? new Map<string, AgentMemory>();
    this.#agents.set(streamer, known);
    const memory = known.get(agentId) ?? { turns: new Turns(), shown: null, pointer: null };
    // The longest unused is first.
    known.delete(agentId);
    known.set(agentId, memory);
    for (const [id, { turns }] of known) {
      if (known.size <= MAX_REMEMBERED) break;
      if (turns.isIdle) known.delete(id);
    }
    return memory;
  }
}
