import { MoonshareError } from '@moonshare/contract';
import { orAbort } from '../abort.ts';

/** Those that may wait. */
const MAX_WAITING = 8;

/** One after the other, in the order in which they came. */
export class Turns {
  #last: Promise<void> = Promise.resolve();
  #count = 0;

  /** Nothing has a turn or waits for one. */
  get isIdle(): boolean {
    return this.#count === 0;
  }

  /** Throws RATE_LIMITED, the reason of `signal` if that aborts before its turn, and what `work` throws. */
  async take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#count > MAX_WAITING)
      throw new MoonshareError('RATE_LIMITED', { message: 'Too many requests of this agent are waiting' });
    const before = this.#last;
    const { promise: done, resolve } = Promise.withResolvers<void>();
    this.#last = before.then(() => done);
    this.#count += 1;
    try {
      await orAbort(before, signal);
      return await work();
    } finally {
      this.#count -= 1;
      resolve();
    }
  }
}
