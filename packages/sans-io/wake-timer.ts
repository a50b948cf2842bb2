import assert from 'node:assert/strict';

/** Times are sums of fractions, so a call may come slightly too early and be asked for again, but not this often. */
const MAX_EARLY_CALLS = 100;

/**
 * The result of every call of a protocol core: events and actions in order, and when to call it next.
 * Cores have no clock: times are monotonic ms, supplied by the caller.
 */
export interface CoreOutput<Event> {
  events: Event[];
  /** Call `advance` at this time at the latest; Infinity if nothing is pending. Earlier calls do no harm. */
  wakeAt: number;
}

/** Drives one core: delivers its events, and calls it again when it asks to be. */
export class WakeTimer<Event> {
  readonly #advance: (now: number) => CoreOutput<Event>;
  readonly #handle: (event: Event) => void;
  readonly #failed: ((error: unknown) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** A later wakeAt than this is ignored: the next call returns a new one. */
  #armedFor = Number.POSITIVE_INFINITY;
  /** Calls in a row after which the next one was due at once. */
  #earlyCalls = 0;

  /**
   * `handle` may call the core again. Times are those of `performance.now()`. `failed`: what core and handler throw when the timer
   * calls them, which otherwise ends the process; nothing calls the core after that but its owner.
   */
  constructor(
    advance: (now: number) => CoreOutput<Event>,
    handle: (event: Event) => void,
    failed?: (error: unknown) => void,
  ) {
    this.#advance = advance;
    this.#handle = handle;
    this.#failed = failed;
  }

  /** Call with the output of each call of the core. */
  take({ events, wakeAt }: CoreOutput<Event>): void {
    this.#arm(wakeAt);
    for (const event of events) this.#handle(event);
  }

  /** The core is not called any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#armedFor = Number.NEGATIVE_INFINITY;
  }

  #arm(at: number): void {
    if (at >= this.#armedFor) return;
    clearTimeout(this.#timer);
    this.#armedFor = at;
    this.#timer = setTimeout(() => this.#fire(), Math.max(1, Math.ceil(at - performance.now())));
  }

  #fire(): void {
    try {
      this.#wake();
    } catch (error) {
      if (this.#failed === undefined) throw error;
      this.#failed(error);
    }
  }

  #wake(): void {
    this.#armedFor = Number.POSITIVE_INFINITY;
    const now = performance.now();
    const output = this.#advance(now);
    this.#earlyCalls = output.wakeAt > now ? 0 : this.#earlyCalls + 1;
    // Otherwise the only symptom would be a busy process.
    assert.ok(this.#earlyCalls < MAX_EARLY_CALLS, 'a core keeps asking to be called at once');
    this.take(output);
  }
}
