import timers from 'node:timers/promises';
import { type Step, toPicture } from '@moonshare/actions';
import {
  type ActionResult,
  type ActionsAnswer,
  type ActionsRequest,
  MoonshareError,
  type Screenshot,
  type ViewerInput,
} from '@moonshare/contract';
import type { Agent } from '../control/agent.ts';
import { takenError } from '../control/participants.ts';
import type { Pictures } from '../pictures/pictures.ts';
import type { Streamer } from '../streamers/streamer.ts';
import type { AgentMemory } from './agent-memory.ts';
import { BatchPictures } from './batch-pictures.ts';
import { Held } from './held.ts';
import { planActions, pointerAfter, type Surroundings } from './plan.ts';
import { untilActive } from './until-active.ts';

/** An agent that waits is not silent: it says so this often. */
const PRESENCE_MS = 4_000;
/** What is refused because it is too much for the moment is sent again after this time, */
const RETRY_MS = 50;
/** but not for longer than this. */
const RETRY_LIMIT_MS = 5_000;

export interface BatchOptions {
  streamer: Streamer;
  agent: Agent;
  request: ActionsRequest;
  memory: AgentMemory;
  pictures: Pictures;
  /** How many actions of each kind were done. */
  done: (counts: Readonly<Record<string, number>>) => void;
  /** Whoever asks has gone, or may not use the streamer any more. */
  signal: AbortSignal;
}

/** The actions of one request, while they are done. */
export class Batch {
  readonly #options: BatchOptions;
  readonly #surroundings: Surroundings;
  readonly #pictures: BatchPictures;
  readonly #held = new Held();
  /** Aborted when what is held is lost with the session. */
  readonly #broken = new AbortController();
  /** Also aborted then, and when the controls are lost. */
  #signal: AbortSignal;

  constructor(options: BatchOptions) {
    const { request, memory, streamer, signal } = options;
    const stream = memory.shown?.stream ?? streamer.pictureSize;
    const picture = request.picture ?? memory.shown?.picture ?? stream;
    this.#options = options;
    this.#surroundings = { picture, stream, pointer: memory.pointer };
    this.#pictures = new BatchPictures(options);
    this.#signal = AbortSignal.any([signal, this.#broken.signal]);
  }

  /** Once. */
  async run(): Promise<ActionsAnswer> {
    const { request, agent, streamer } = this.#options;
    const plan = planActions(request, this.#surroundings);
    const results = plan.map((): ActionResult => ({ status: 'skipped' }));
    let current: number | null = null;
    streamer.taps.on('changed', this.#onSession);
    try {
      streamer.participants.visit(agent);
      await untilActive(streamer, this.#signal);
      const isTouching = plan.some(({ steps }) => steps.some(({ type }) => type === 'input'));
      const before = isTouching || request.wait_for_control > 0 ? await this.#getControls() : null;
      for (const [index, { steps }] of plan.entries()) {
        current = index;
        results[index] = await this.#perform(steps);
      }
      current = null;
      const screenshot = request.screenshot ? await this.#pictures.take(null, this.#signal) : null;
      if (request.release) await this.#release();
      return { participant_id: agent.id, results, screenshot, before };
    } catch (cause) {
      await this.#release();
      throw failure(this.#signal.aborted ? this.#signal.reason : cause, current, results);
    } finally {
      streamer.taps.off('changed', this.#onSession);
      const counts: Record<string, number> = {};
      for (const [index, { kind }] of plan.entries())
        if (results[index]?.status === 'done') counts[kind] = (counts[kind] ?? 0) + 1;
      this.#options.done(counts);
    }
  }

  /** The session may be back soon, but then nothing is held, and what is left to do would mean something else. */
  readonly #onSession = (): void => {
    if (!this.#options.streamer.taps.isStreaming && !this.#held.isEmpty)
      this.#broken.abort(new MoonshareError('STREAMER_NOT_ACTIVE'));
  };

  /** How it looked when it began to wait for them, if it had to. Throws CONTROL_TAKEN, CONTROL_DENIED. */
  async #getControls(): Promise<Screenshot | null> {
    const { agent, request } = this.#options;
    const { participants } = this.#options.streamer;
    let before: Promise<Screenshot | null> = Promise.resolve(null);
    if (!participants.enter(agent.id).isIn && request.wait_for_control > 0) {
      // Whether there is one or not, it goes on.
      if (request.screenshot) before = this.#pictures.take(null, this.#signal).catch(() => null);
      const late = AbortSignal.timeout(request.wait_for_control);
      await participants.waitFor(agent.id, AbortSignal.any([this.#signal, late])).catch((error) => {
        if (error !== late.reason) throw error;
      });
    }
    const entry = participants.enter(agent.id);
    if (!entry.isIn) throw takenError(entry);
    this.#signal = AbortSignal.any([this.#signal, entry.lost]);
    return before;
  }

  async #perform(steps: readonly Step[]): Promise<ActionResult> {
    // Without a session, nothing can be held that would be lost by waiting for the next one.
    if (this.#held.isEmpty) await untilActive(this.#options.streamer, this.#signal);
    const result: ActionResult = { status: 'done' };
    for (const step of steps) {
      this.#signal.throwIfAborted();
      switch (step.type) {
        case 'input':
          await this.#send(step.events);
          break;
        case 'wait':
          await this.#pause(step.ms);
          break;
        case 'screenshot':
          result.screenshot = await this.#pictures.take(step.region, this.#signal);
          break;
        case 'cursorPosition': {
          const { pointer } = this.#options.memory;
          result.cursor = pointer && toPicture(pointer, this.#surroundings);
          break;
        }
      }
    }
    return result;
  }

  async #send(events: ViewerInput[]): Promise<void> {
    const { streamer, agent, request, memory } = this.#options;
    const input = { events, release: false, holdMs: request.hold_ms };
    const until = performance.now() + RETRY_LIMIT_MS;
    while ((await streamer.input(agent, input)).refused > 0) {
      if (performance.now() > until) throw new MoonshareError('RATE_LIMITED');
      await this.#pause(RETRY_MS);
      this.#signal.throwIfAborted();
    }
    this.#held.note(events);
    if (events.length > 0) this.#pictures.noteInput();
    memory.pointer = pointerAfter([{ type: 'input', events }], memory.pointer);
  }

  /** What it holds stays held, and it stays a participant. */
  async #pause(ms: number): Promise<void> {
    const until = performance.now() + ms;
    for (let rest = ms; rest > 0; rest = until - performance.now()) {
      await timers.setTimeout(Math.min(rest, PRESENCE_MS), undefined, { signal: this.#signal });
      if (rest > PRESENCE_MS) await this.#send([]);
    }
  }

  /** Everything that it holds, also from earlier requests. */
  async #release(): Promise<void> {
    const { streamer, agent, memory } = this.#options;
    memory.pointer = null;
    // Without a session nothing is held.
    await streamer.input(agent, { events: [], release: true }).catch(() => {});
  }
}

/** Why the request failed. `index`: which action did; null: all are done. */
function failure(cause: unknown, index: number | null, results: ActionResult[]): MoonshareError {
  const error = MoonshareError.from(cause);
  const { code, message, hint } = error;
  if (index !== null) results[index] = { status: 'failed', error: error.toBody() };
  return new MoonshareError(code, { message, hint, details: { ...error.details, action: index, results }, cause });
}
