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

/** Streamers that are desired until they are deleted: stored, started with the server, and restarted when they fail. */
export class DesiredStreamers {
  readonly #options: DesiredStreamersOptions;
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** No longer desired, but that is not stored yet. */
  readonly #removed = new Set<string>();

  /** `start` may throw: it is called again after the streamer’s next failure. */
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

  /** From now on it is not desired, even if the database accepts that only later. Returns whether it is stored already. */
  remove(streamerId: string): boolean {
    this.#resetRetries(streamerId);
    if (this.#removed.has(streamerId)) return false;
    if (this.#options.store.get(streamerId) === null) return true;
    this.#removed.add(streamerId);
    // Unless it was desired again meanwhile.
    const remove = () => void (this.#removed.has(streamerId) && this.#options.store.remove(streamerId));
    return this.#options.writes.run(remove, () => this.#removed.delete(streamerId));
  }

  /** Whether it is desired and restarted after such a failure. */
  retries(streamerId: string, code: ErrorCode): boolean {
    return this.get(streamerId) !== null && retryMs(code, 1) !== null;
  }

  /** `wasUp`: it was up before it failed, so earlier failures do not count. */
  failed(streamerId: string, error: MoonshareError, wasUp: boolean): void {
    const desired = this.get(streamerId);
    if (desired === null) return;
    const failures = wasUp ? 1 : (this.#failures.get(streamerId) ?? 0) + 1;
    this.#resetRetries(streamerId);
    const wait = retryMs(error.code, failures);
    if (wait === null) return;
    this.#options.log.info(
      { streamer: streamerId, code: error.code, failures, wait },
      'a desired streamer is retried later',
    );
    this.#failures.set(streamerId, failures);
    this.#timers.set(
      streamerId,
      setTimeout(() => this.#options.start(desired), wait),
    );
  }

  /** No more starts; desired streamers stay desired. */
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
