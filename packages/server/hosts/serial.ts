import { orAbort } from '../abort.ts';

/** Runs tasks one after another, in the order given. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  /** Rejects with the reason of `signal` when that aborts; a task that has not started by then is skipped. */
  async run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const result = this.#last.then(() => {
      signal?.throwIfAborted();
      return task();
    });
    this.#last = result.catch(() => undefined);
    return signal === undefined ? result : orAbort(result, signal);
  }
}
