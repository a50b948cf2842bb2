import timers from 'node:timers/promises';

/** Setting up the stream after the launch; a host forgets a pending session 10 s after its launch (protocol/1 §7.4). */
export const STREAM_SET_UP_LIMIT_MS = 60_000;

export interface LaunchSlot {
  /** Idempotent. */
  release(): void;
}

interface Waiting {
  purpose: 'launch' | 'cancel';
  grant(): void;
}

/**
 * One launch, resume or cancel at a time on one host (protocol/1 §7.4), cancels first. The slot of a launch is taken back
 * after `launchMs`; that of a cancel is limited by its requests. `pauseMs`: between a launch and the next launch after its cancel.
 */
export class LaunchQueue {
  readonly #limits: { launchMs: number; pauseMs: () => number };
  readonly #waiting: Waiting[] = [];
  #held: 'launch' | 'cancel' | null = null;
  #holds = 0;
  #lastLaunch = Number.NEGATIVE_INFINITY;
  #cancelled = false;

  constructor(limits: { launchMs: number; pauseMs: () => number }) {
    this.#limits = limits;
  }

  /** One of our streamers has its turn to launch or resume. */
  get launching(): boolean {
    return this.#held === 'launch';
  }

  /** Nobody may launch until the returned function is called, because an app has to be ended first. */
  hold(): () => void {
    let held = true;
    this.#holds += 1;
    return () => {
      if (!held) return;
      held = false;
      this.#holds -= 1;
      this.#next();
    };
  }

  /** The slot, once it is this caller's turn. Rejects with the reason of `signal` if that aborts first. */
  async acquire(purpose: 'launch' | 'cancel', signal: AbortSignal): Promise<LaunchSlot> {
    await this.#turn(purpose, signal);
    if (purpose === 'cancel') {
      return this.#slot(() => {
        this.#cancelled = true;
      });
    }
    try {
      await this.#pause(signal);
    } catch {
      this.#free();
      throw signal.reason;
    }
    this.#lastLaunch = performance.now();
    this.#cancelled = false;
    const slot = this.#slot(() => clearTimeout(timer));
    const timer = setTimeout(slot.release, this.#limits.launchMs);
    return slot;
  }

  async #turn(purpose: Waiting['purpose'], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { purpose, grant: resolve };
    const abort = () => {
      const at = this.#waiting.indexOf(waiting);
      if (at >= 0) this.#waiting.splice(at, 1);
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    this.#waiting.push(waiting);
    this.#next();
    await promise.finally(() => signal.removeEventListener('abort', abort));
    if (!signal.aborted) return;
    this.#free();
    throw signal.reason;
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const rest = this.#lastLaunch + this.#limits.pauseMs() - performance.now();
    if (this.#cancelled && rest > 0) await timers.setTimeout(rest, undefined, { signal });
  }

  #slot(released: () => void): LaunchSlot {
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      released();
      this.#free();
    };
    return { release };
  }

  #free(): void {
    this.#held = null;
    this.#next();
  }

  #next(): void {
    if (this.#held !== null) return;
    const cancel = this.#waiting.findIndex(({ purpose }) => purpose === 'cancel');
    const at = cancel < 0 && this.#holds === 0 ? 0 : cancel;
    const next = at < 0 ? undefined : this.#waiting.splice(at, 1)[0];
    if (next === undefined) return;
    this.#held = next.purpose;
    next.grant();
  }
}
