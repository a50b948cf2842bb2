/** Numbered requests to one streamer process; an answer that arrives too late does not count. */
export class ProcessRequests {
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  #lastId = 0;

  /** `ask` sends the request; null: no answer within `limitMs`, or the process is gone. */
  request<T>(ask: (requestId: number) => void, limitMs: number): Promise<T | null> {
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<T | null>();
    const timer = setTimeout(() => this.answer(id, null), limitMs);
    this.#waiting.set(id, (answer) => {
      clearTimeout(timer);
      resolve(answer as T | null);
    });
    ask(id);
    return promise;
  }

  answer(requestId: number, answer: unknown): void {
    const waiting = this.#waiting.get(requestId);
    this.#waiting.delete(requestId);
    waiting?.(answer);
  }

  /** The process is gone. */
  end(): void {
    for (const id of [...this.#waiting.keys()]) this.answer(id, null);
  }
}
