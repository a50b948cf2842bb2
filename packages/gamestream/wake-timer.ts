import assert from 'node:assert/strict';

/** Times are sums of fractions, so a call may come a rounding too early and be asked for again; not ever so often. */
const MOST_IN_VAIN = 100;

/**
 * What every call of a protocol core answers: what happened and what is to be done, in order, and when it wants to be called next.
 * Cores have no clock: times are those of whoever calls, monotonic ms.
 */
export interface CoreOutput<Event> {
  events: Event[];
  /** Call `advance` at this time at the latest; Infinity when nothing waits. Earlier calls do no harm. */
  wakeAt: number;
}

/** Drives one core: hands on what its calls answer, and calls it again when it wants to be. */
export class WakeTimer<Event> {
  readonly #advance: (now: number) => CoreOutput<Event>;
  readonly #handle: (event: Event) => void;
  #timer: NodeJS.Timeout | null = null;
  /** A call that is due later than this is left to the answer of the one before. */
  #armedFor = Number.POSITIVE_INFINITY;
  /** Calls in a row after which the next was due already. */
  #inVain = 0;

  /** `handle` may call the core again. Times are those of `performance.now()`. */
  constructor(advance: (now: number) => CoreOutput<Event>, handle: (event: Event) => void) {
    this.#advance = advance;
    this.#handle = handle;
  }

  /** To be given what each call of the core answers. */
  take({ events, wakeAt }: CoreOutput<Event>): void {
    this.#arm(wakeAt);
    for (const event of events) this.#handle(event);
  }

  /** The core is not called any more. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#armedFor = Number.NEGATIVE_INFINITY;
  }

  #arm(at: number): void {
    if (at >= this.#armedFor) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#armedFor = at;
    this.#timer = setTimeout(() => this.#wake(), Math.max(1, Math.ceil(at - performance.now())));
  }

  #wake(): void {
    this.#timer = null;
    this.#armedFor = Number.POSITIVE_INFINITY;
    const now = performance.now();
    const output = this.#advance(now);
    this.#inVain = output.wakeAt > now ? 0 : this.#inVain + 1;
    // Nothing else would show but a process that is busy.
    assert.ok(this.#inVain < MOST_IN_VAIN, 'a core wants to be called at once, for ever');
    this.take(output);
  }
}
