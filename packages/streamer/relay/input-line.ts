import type { ViewerInput } from '@moonshare/contract';
import { TextQueues } from '../input/text-queues.ts';

interface Hands {
  /** Takes an event's cost from what the viewer may do; false: there is not enough. */
  spend(viewer: string, event: ViewerInput, now: number): boolean;
  apply(viewer: string, event: ViewerInput): void;
  refused(): void;
}

/** What viewers do, on its way to the host: at once, or as soon as they may. TextQueues on the clock. */
export class InputLine {
  readonly #lanes: TextQueues;
  readonly #hands: Hands;
  #timer: NodeJS.Timeout | undefined;

  constructor(hands: Hands) {
    this.#hands = hands;
    this.#lanes = new TextQueues((viewer, event, now) => hands.spend(viewer, event, now));
  }

  take(viewer: string, event: ViewerInput): void {
    const verdict = this.#lanes.offer(viewer, event, performance.now());
    if (verdict === 'now') this.#hands.apply(viewer, event);
    else if (verdict === 'refused') this.#hands.refused();
    else this.#wake();
  }

  forget(viewer: string): void {
    this.#lanes.forget(viewer);
  }

  /** The host session is gone: what waits was meant for it. */
  clear(): void {
    this.#lanes.clear();
    clearTimeout(this.#timer);
  }

  #wake(): void {
    clearTimeout(this.#timer);
    const { wakeAt } = this.#lanes;
    if (wakeAt === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(
      () => {
        for (const { viewer, event } of this.#lanes.advance(performance.now())) this.#hands.apply(viewer, event);
        this.#wake();
      },
      Math.max(0, Math.ceil(wakeAt - performance.now())),
    );
  }
}
