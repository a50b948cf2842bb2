import type { ErrorCode, MoonshareError } from '@moonshare/contract';
import type { Logger } from 'pino';
import type { Wish, WishStore } from '../store/index.ts';
import { retryMs } from './wish-policy.ts';

/** Streamers that are wanted until somebody deletes them: stored, started with the server, and again when they fail. */
export class WantedStreamers {
  readonly #store: WishStore;
  readonly #start: (wish: Wish) => void;
  readonly #log: Logger;
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  /** `start` may throw: the next failure of that streamer is the next occasion. */
  constructor(store: WishStore, start: (wish: Wish) => void, log: Logger) {
    this.#store = store;
    this.#start = start;
    this.#log = log;
  }

  list(): Wish[] {
    return this.#store.list();
  }

  get(streamerId: string): Wish | null {
    return this.#store.get(streamerId);
  }

  keep(wish: Wish): void {
    this.#calm(wish.request.streamer_id);
    this.#store.save(wish);
  }

  /** Whether it was wanted. */
  forget(streamerId: string): boolean {
    this.#calm(streamerId);
    return this.#store.remove(streamerId);
  }

  /** It is wanted, and started again after such a failure. */
  retries(streamerId: string, code: ErrorCode): boolean {
    return this.get(streamerId) !== null && retryMs(code, 1) !== null;
  }

  /** `wasUp`: it was up before it failed, so what failed before does not count. */
  failed(streamerId: string, error: MoonshareError, wasUp: boolean): void {
    const wish = this.get(streamerId);
    if (wish === null) return;
    const failures = wasUp ? 1 : (this.#failures.get(streamerId) ?? 0) + 1;
    this.#calm(streamerId);
    const wait = retryMs(error.code, failures);
    if (wait === null) return;
    this.#log.info(
      { streamer: streamerId, code: error.code, failures, wait },
      'a wanted streamer is tried again later',
    );
    this.#failures.set(streamerId, failures);
    this.#timers.set(
      streamerId,
      setTimeout(() => this.#start(wish), wait),
    );
  }

  /** No more starts; what is wanted stays wanted. */
  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #calm(streamerId: string): void {
    clearTimeout(this.#timers.get(streamerId));
    this.#timers.delete(streamerId);
    this.#failures.delete(streamerId);
  }
}
