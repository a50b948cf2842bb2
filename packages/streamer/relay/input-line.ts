import type { ViewerInput } from '@moonshare/contract';
import { TextQueues } from '../input/text-queues.ts';

interface InputHandler {
  /** Takes an event's cost from what the viewer may do; false: there is not enough. */
  spend(viewer: string, event: ViewerInput, now: number): boolean;
  apply(viewer: string, event: ViewerInput): void;
  refused(): void;
}

/** What viewers do, on its way to the host: at once, or as soon as they may. TextQueues on the clock. */
export class InputLine {
  readonly #queues: TextQueues;
  readonly #handler: InputHandler;
  #timer: NodeJS.Timeout | undefined;

  constructor(handler: InputHandler) {
    this.#handler = handler;
    this.#queues = new TextQueues((viewer, event, now) => handler.spend(viewer, event, now));
  }

  take(viewer: string, event: ViewerInput): void {
    const verdict = this.#queues.offer(viewer, event, performance.now());
    if (verdict === 'now') this.#handler.apply(viewer, event);
    else if (verdict === 'refused') this.#handler.refused();
    else this.#wake();
  }

  forget(viewer: string): void {
    this.#queues.forget(viewer);
  }

  /** The host session is gone: what waits was meant for it. */
  clear(): void {
    this.#queues.clear();
    clearTimeout(this.#timer);
  }

  #wake(): void {
    clearTimeout(this.#timer);
    const { wakeAt } = this.#queues;
    if (wakeAt === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(
      () => {
        for (const { viewer, event } of this.#queues.advance(performance.now())) this.#handler.apply(viewer, event);
        this.#wake();
      },
      Math.max(0, Math.ceil(wakeAt - performance.now())),
    );
  }
}
