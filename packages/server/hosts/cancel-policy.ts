import type { ErrorCode } from '@moonshare/contract';

/** The outcome of one attempt to end an app with the client certificate that started it. */
export type CancelAnswer =
  /** The host accepted the cancel. */
  | { type: 'taken' }
  /** It reports nothing running for this client, or another app. */
  | { type: 'notRunning' }
  /** It no longer knows this client certificate, or is not the host that did. */
  | { type: 'stranger' }
  | { type: 'failed'; code: ErrorCode };

/** What is left to do. `holds`: nobody may launch on that host until it is done. */
export type CancelStep = { done: true } | { done: false; waitMs: number; holds: boolean };

/** The wait before attempt n + 1. */
const RETRY_MS = [500, 1_000, 2_000, 5_000, 10_000] as const;
/** An abandoned launch without an answer may still be in progress: a report of nothing running is checked again after this. */
const UNANSWERED_SETTLE_MS = 3_000;

/** Retries ending one app until the host accepts the cancel or reports that there is nothing to end. Pure; times are monotonic ms. */
export class CancelPolicy {
  readonly #unanswered: boolean;
  #failures = 0;
  #notRunningSince: number | null = null;

  /** `unanswered`: the host never confirmed or denied having started the app. */
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
        // A host that accepts connections but does not answer is busy with what we want to end; any other can refuse newcomers itself.
        return { done: false, waitMs, holds: answer.code === 'HOST_TIMEOUT' };
      }
    }
  }
}
