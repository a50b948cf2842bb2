import type { StreamerStats } from '@moonshare/contract';

/** Asks one streamer process for its counters; an answer that does not come in time is none. */
export class StatsRequests {
  readonly #ask: (requestId: number) => void;
  readonly #waiting = new Map<number, (stats: StreamerStats | null) => void>();
  #lastId = 0;

  constructor(ask: (requestId: number) => void) {
    this.#ask = ask;
  }

  request(limitMs: number): Promise<StreamerStats | null> {
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<StreamerStats | null>();
    const timer = setTimeout(() => this.answer(id, null), limitMs);
    this.#waiting.set(id, (stats) => {
      clearTimeout(timer);
      resolve(stats);
    });
    this.#ask(id);
    return promise;
  }

  answer(requestId: number, stats: StreamerStats | null): void {
    const waiting = this.#waiting.get(requestId);
    this.#waiting.delete(requestId);
    waiting?.(stats);
  }

  /** The process is gone. */
  end(): void {
    for (const id of [...this.#waiting.keys()]) this.answer(id, null);
  }
}
