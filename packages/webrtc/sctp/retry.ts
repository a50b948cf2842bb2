import type { RetransmissionTimeout } from './rto.ts';

/** Max.Init.Retransmits. */
const MAX_REPEATS = 8;
const MAX_WAIT_MS = 4_000;

/** When to send something again that is not acknowledged by a SACK, with ever longer waits. */
export class Retry {
  readonly #timeout: RetransmissionTimeout;
  #tries = 0;
  #dueAt = 0;

  constructor(timeout: RetransmissionTimeout) {
    this.#timeout = timeout;
  }

  get dueAt(): number {
    return this.#dueAt;
  }

  /** It is sent now. False if it was sent often enough. */
  try(now: number): boolean {
    if (this.#tries > MAX_REPEATS) return false;
    this.#dueAt = now + Math.min(MAX_WAIT_MS, this.#timeout.ms * 2 ** this.#tries);
    this.#tries += 1;
    return true;
  }
}
