/** Resolves after `ms`; rejects with the reason of the signal when that aborts. */
export function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Ends with another signal, or when told to. `release` has to be called when it is not needed any more. */
export class Ending {
  readonly #controller = new AbortController();
  readonly #by: AbortSignal | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether it was too late, rather than the other signal. */
  isLate = false;

  constructor(by: AbortSignal | undefined) {
    this.#by = by;
    if (by?.aborted) this.#controller.abort(by.reason);
    else by?.addEventListener('abort', this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** From now on, at most so long; 0: without limit. */
  within(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (ms > 0) this.#timer = setTimeout(this.#expire, ms);
  }

  release(): void {
    clearTimeout(this.#timer);
    this.#by?.removeEventListener('abort', this.#follow);
  }

  #follow = (): void => this.#controller.abort(this.#by?.reason);

  #expire = (): void => {
    this.isLate = true;
    this.#controller.abort();
  };
}
