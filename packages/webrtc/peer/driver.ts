import { type CoreOutput, WakeTimer } from '@moonshare/sans-io';

/** Drives one core of one peer: what it throws, and what its handler throws, is for `failed`. */
export class Driver<Event> {
  readonly #timer: WakeTimer<Event>;
  readonly #failed: (error: unknown) => void;
  #isStopped = false;

  constructor(
    core: { advance(now: number): CoreOutput<Event> },
    handle: (event: Event) => void,
    failed: (error: unknown) => void,
  ) {
    this.#failed = failed;
    this.#timer = new WakeTimer(
      (now) => core.advance(now),
      (event) => {
        if (!this.#isStopped) handle(event);
      },
      failed,
    );
  }

  /** Calls the core, and hands on what comes of it. */
  run(call: (now: number) => CoreOutput<Event>): void {
    if (this.#isStopped) return;
    try {
      this.#timer.take(call(performance.now()));
    } catch (error) {
      this.#failed(error);
    }
  }

  /** No event is handled after this. */
  stop(): void {
    this.#isStopped = true;
    this.#timer.stop();
  }
}
