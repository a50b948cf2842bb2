import type { ErrorCode, MoonshareError } from '@moonshare/contract';
import type { Logger } from 'pino';
import type { DesiredStreamer, DesiredStreamerStore } from '../store/desired-streamer-store.ts';
import type { PendingWrites } from '../store/pending-writes.ts';
import { retryMs } from './retry-policy.ts';

interface DesiredStreamersOptions {
  store: DesiredStreamerStore;
  writes: PendingWrites;
  start: (desired: DesiredStreamer) => void;
  log: Logger;
}

/** Streamers that are wanted until somebody deletes them: stored, started with the server, and again when they fail. */
export class DesiredStreamers {
  readonly #options: DesiredStreamersOptions;
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** Not wanted any more, but that is not stored yet. */
  readonly #removed = new Set<string>();

  /** `start` may throw: the next failure of that streamer is the next occasion. */
  constructor(options: DesiredStreamersOptions) {
    this.#options = options;
  }

  list(): DesiredStreamer[] {
    return this.#options.store.list().filter(({ request }) => !this.#removed.has(request.streamer_id));
  }

  get(streamerId: string): DesiredStreamer | null {
    return this.#removed.has(streamerId) ? null : this.#options.store.get(streamerId);
  }

  add(desired: DesiredStreamer): void {
    const { streamer_id: streamerId } = desired.request;
    this.#resetRetries(streamerId);
    this.#options.store.save(desired);
    this.#removed.delete(streamerId);
  }

  /** From now on it is not wanted, also if the database takes that later only. Whether it is stored already. */
  remove(streamerId: string): boolean {
    this.#resetRetries(streamerId);
    if (this.#removed.has(streamerId)) return false;
    if (this.#options.store.get(streamerId) === null) return true;
    this.#removed.add(streamerId);
    // Unless it is wanted anew meanwhile.
    const remove = () => void (this.#removed.has(streamerId) && this.#options.store.remove(streamerId));
    return this.#options.writes.run(remove, () => this.#removed.delete(streamerId));
  }

  /** It is wanted, and started again after such a failure. */
  retries(streamerId: string, code: ErrorCode): boolean {
    return this.get(streamerId) !== null && retryMs(code, 1) !== null;
  }

  /** `wasUp`: it was up before it failed, so what failed before does not count. */
  failed(streamerId: string, error: MoonshareError, wasUp: boolean): void {
    const desired = this.get(streamerId);
    if (desired === null) return;
    const failures = wasUp ? 1 : (this.#failures.get(streamerId) ?? 0) + 1;
    this.#resetRetries(streamerId);
    const wait = retryMs(error.code, failures);
    if (wait === null) return;
    this.#options.log.info(
      { streamer: streamerId, code: error.code, failures, wait },
      'a wanted streamer is tried again later',
    );
    this.#failures.set(streamerId, failures);
    this.#timers.set(
      streamerId,
      setTimeout(() => this.#options.start(desired), wait),
    );
  }

  /** No more starts; what is wanted stays wanted. */
  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #resetRetries(streamerId: string): void {
    clearTimeout(this.#timers.get(streamerId));
    this.#timers.delete(streamerId);
    this.#failures.delete(streamerId);
  }
}
