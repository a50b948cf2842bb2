import type { ErrorCode } from '@moonshare/contract';

/** What came of one attempt to end an app with the client certificate that started it. */
export type CancelAnswer =
  /** The host took the cancel. */
  | { type: 'taken' }
  /** It says that nothing runs for this client, or another app. */
  | { type: 'notRunning' }
  /** It does not know this client certificate any more, or is not the host that did. */
  | { type: 'stranger' }
  | { type: 'failed'; code: ErrorCode };

/** What is left to do. `holds`: nobody is to launch on that host before. */
export type CancelStep = { done: true } | { done: false; waitMs: number; holds: boolean };

/** Wait before attempt n + 1. */
const RETRY_MS = [500, 1_000, 2_000, 5_000, 10_000] as const;
/** A launch that was given up without an answer may still be on its way: that nothing runs is asked again after this. */
const UNANSWERED_SETTLE_MS = 3_000;

/** How long one app is tried to be ended: until the host takes the cancel, or says that there is nothing to end. Pure; times are monotonic ms. */
export class CancelPolicy {
  readonly #unanswered: boolean;
  #failures = 0;
  #notRunningSince: number | null = null;

  /** `unanswered`: the host never said whether it has started the app. */
  constructor(options: { unanswered: boolean }) {
    this.#unanswered = options.unanswered;
  }

  next(answer: CancelAnswer, now: number): CancelStep {
    switch (answer.type) {
      case 'taken':
      case 'stranger':
        return { done: true };
      case 'notRunning': {
        this.#notRunningSince ??= now;
        const rest = this.#unanswered ? this.#notRunningSince + UNANSWERED_SETTLE_MS - now : 0;
        return rest <= 0 ? { done: true } : { done: false, waitMs: rest, holds: true };
      }
      case 'failed': {
        this.#notRunningSince = null;
        const waitMs = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)]!;
        this.#failures += 1;
        // One that takes connections and does not answer is busy with what we are to end; others can say so themselves to who comes.
        return { done: false, waitMs, holds: answer.code === 'HOST_TIMEOUT' };
      }
    }
  }
}
