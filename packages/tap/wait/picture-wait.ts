import type { WaitOptions } from '@moonshare/contract';
import type { CoreOutput } from '@moonshare/sans-io';

export interface WaitEvent {
  type: 'over';
  outcome: 'stable' | 'changed';
}

/** Whether the pictures decide, whatever the sizes of the encoded frames. */
export function needsPictures({ region, threshold }: WaitOptions): boolean {
  return region !== null || threshold !== null;
}

type State =
  /** There is no stream. */
  | { name: 'idle' }
  /** Nothing has changed since. */
  | { name: 'watching'; quietSince: number }
  | { name: 'over' };

/** Waits until a picture is stable or changes. Pure: it is told what happens; times are monotonic ms. */
export class PictureWait {
  readonly #options: WaitOptions;
  #state: State = { name: 'idle' };

  constructor(options: WaitOptions) {
    this.#options = options;
  }

  /** A frame has come, the first perhaps. */
  started(now: number): void {
    if (this.#state.name === 'idle') this.#state = { name: 'watching', quietSince: now };
  }

  /** What is waited for is another picture than before. */
  changed(now: number): CoreOutput<WaitEvent> {
    if (this.#state.name !== 'watching') return this.advance(now);
    if (this.#options.until === 'change') return this.#over('changed');
    this.#state.quietSince = now;
    return this.advance(now);
  }

  /** The stream is gone: what comes next is another one. */
  lost(): void {
    if (this.#state.name === 'watching') this.#state = { name: 'idle' };
  }

  advance(now: number): CoreOutput<WaitEvent> {
    const { until, quietMs } = this.#options;
    if (this.#state.name !== 'watching' || until === 'change') return { events: [], wakeAt: Number.POSITIVE_INFINITY };
    const wakeAt = this.#state.quietSince + quietMs;
    return now >= wakeAt ? this.#over('stable') : { events: [], wakeAt };
  }

  #over(outcome: WaitEvent['outcome']): CoreOutput<WaitEvent> {
    this.#state = { name: 'over' };
    return { events: [{ type: 'over', outcome }], wakeAt: Number.POSITIVE_INFINITY };
  }
}
