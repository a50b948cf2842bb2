import { orAbort } from '../abort.ts';

/** Runs tasks one after the other, in the order in which they were given. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  /** Rejects with the reason of `signal` when that aborts; a task whose turn has not come by then is left out. */
  async run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const result = this.#last.then(() => {
      signal?.throwIfAborted();
      return task();
    });
    this.#last = result.catch(() => undefined);
    return signal === undefined ? result : orAbort(result, signal);
  }
}
