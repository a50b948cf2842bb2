import { type HostState, MoonshareError, type ServerSignal } from '@moonshare/contract';
import { terminationCode } from '../host-session/index.ts';

/** Tells browsers of host stages in the words of the older contract (protocol/4 §3): start and complete in pairs. */
export class StageSignals {
  #stage: string | null = null;

  /** What a browser that joins now must know. */
  get current(): ServerSignal[] {
    return this.#stage === null ? [] : [{ StageStarting: { stage: this.#stage } }];
  }

  /** What all browsers must know of a new state. */
  next(state: HostState): ServerSignal[] {
    const before = this.#stage;
    this.#stage = state.state === 'connecting' || state.state === 'recovering' ? state.stage : null;
    if (before === this.#stage) return [];
    const signals: ServerSignal[] = [];
    if (before !== null && state.state === 'ended') {
      const code = state.error === null ? null : MoonshareError.fromBody(state.error).code;
      signals.push({ StageFailed: { stage: before, error_code: terminationCode(code) } });
    } else if (before !== null) signals.push({ StageComplete: { stage: before } });
    if (this.#stage !== null) signals.push({ StageStarting: { stage: this.#stage } });
    return signals;
  }
}
