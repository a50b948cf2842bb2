import timers from 'node:timers/promises';

/** App start and set-up of the stream; a host forgets a pending session 10 s after its launch (protocol/1 §7.4). */
const LAUNCH_LIMIT_MS = 30_000;

/** Wolf: between a launch and the launch after its cancel, protocol/1 §8.8. */
export const RELAUNCH_PAUSE_MS = 4_500;

export interface LaunchSlot {
  /** Idempotent. */
  release(): void;
}

/**
 * One launch, resume or cancel at a time on one host (protocol/1 §7.4). The slot of a launch comes back by itself after
 * `launchMs`; that of a cancel is bounded by whoever stops the streamer.
 */
export class LaunchQueue {
  readonly #limits: { launchMs: number; pauseMs: number };
  readonly #waiting: (() => void)[] = [];
  #held = false;
  #lastLaunch = Number.NEGATIVE_INFINITY;
  #cancelled = false;

  constructor(limits: { launchMs?: number; pauseMs?: number } = {}) {
    this.#limits = { launchMs: LAUNCH_LIMIT_MS, pauseMs: RELAUNCH_PAUSE_MS, ...limits };
  }

  /** The slot, when it is this caller's turn. Rejects with the reason of `signal` if that aborts first. */
  async acquire(purpose: 'launch' | 'cancel', signal: AbortSignal): Promise<LaunchSlot> {
    await this.#turn(signal);
    if (purpose === 'cancel') {
      return this.#slot(() => {
        this.#cancelled = true;
      });
    }
    try {
      await this.#pause(signal);
    } catch {
      this.#next();
      throw signal.reason;
    }
    this.#lastLaunch = performance.now();
    this.#cancelled = false;
    const slot = this.#slot(() => clearTimeout(timer));
    const timer = setTimeout(slot.release, this.#limits.launchMs);
    return slot;
  }

  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#held) {
      this.#held = true;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => {
      this.#waiting.splice(this.#waiting.indexOf(resolve), 1);
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    this.#waiting.push(resolve);
    await promise.finally(() => signal.removeEventListener('abort', abort));
    if (!signal.aborted) return;
    this.#next();
    throw signal.reason;
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const rest = this.#lastLaunch + this.#limits.pauseMs - performance.now();
    if (this.#cancelled && rest > 0) await timers.setTimeout(rest, undefined, { signal });
  }

  #slot(released: () => void): LaunchSlot {
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      released();
      this.#next();
    };
    return { release };
  }

  #next(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#held = false;
    else next();
  }
}
