import { mkdirSync } from 'node:fs';
import timers from 'node:timers/promises';
import type { Logger } from 'pino';
import type { KnownProcess, ProcessStore } from '../store/process-store.ts';
import { ForkedWorker } from './forked-worker.ts';
import { processIdentity } from './process-identity.ts';

const LOOK_MS = 100;

export interface ForkedWorkersOptions {
  /** The module that is forked. */
  entry: string | URL;
  /** Where the first process leaves its compiled code for the next ones, which then start in half the time (NODE_COMPILE_CACHE). */
  cacheDirectory: string;
  /** Bytes of resident memory that each may use. */
  memoryLimit: number;
  store: ProcessStore;
  log: Logger;
}

/** The streamer processes of this server, recorded so that the next server can end what a killed one left behind. */
export class ForkedWorkers {
  readonly #options: ForkedWorkersOptions;
  readonly #orphans: readonly KnownProcess[];
  readonly #closing = new AbortController();

  /** Called before any process is started: everything recorded so far belongs to a previous server. */
  constructor(options: ForkedWorkersOptions) {
    this.#options = options;
    this.#orphans = options.store.list();
    mkdirSync(options.cacheDirectory, { recursive: true, mode: 0o700 });
  }

  start(log: Logger): ForkedWorker {
    const { entry, cacheDirectory, memoryLimit } = this.#options;
    const process = new ForkedWorker({ entry, cacheDirectory, memoryLimit, log });
    process.once('exit', this.record(process.pid));
    return process;
  }

  /** Has the next server end this process if this one is killed. Call what it returns once the process has ended. */
  record(pid: number | undefined): () => void {
    const identity = pid === undefined ? null : processIdentity(pid);
    if (pid === undefined || identity === null) return () => {};
    this.#write((store) => store.add({ pid, identity }));
    return () => this.#write((store) => store.remove({ pid, identity }));
  }

  /**
   * Resolves when no streamer of a previous server is left: each ends by itself once it notices that its server is gone; a stopped
   * one is woken for that, and those still there after `limitMs` are killed. Where processes have no identity, the whole time is
   * waited if `wasKilled`.
   */
  async reapOrphans({ limitMs, wasKilled }: { limitMs: number; wasKilled: boolean }): Promise<void> {
    const end = performance.now() + limitMs;
    try {
      if (processIdentity(process.pid) === null) {
        if (wasKilled) await this.#pause(limitMs);
        return;
      }
      for (const orphan of this.#living()) this.#signal(orphan, 'SIGCONT');
      while (this.#living().length > 0 && performance.now() < end) await this.#pause(LOOK_MS);
    } catch {
      // The server is shutting down; the next one looks again.
      return;
    }
    for (const orphan of this.#living()) this.#signal(orphan, 'SIGKILL');
    for (const orphan of this.#orphans) this.#write((store) => store.remove(orphan));
  }

  /** The server is shutting down. */
  close(): void {
    this.#closing.abort();
  }

  /** Those that are still the same process: the number may be reused by now. */
  #living(): KnownProcess[] {
    return this.#orphans.filter(({ pid, identity }) => processIdentity(pid) === identity);
  }

  #signal({ pid }: KnownProcess, signal: NodeJS.Signals): void {
    this.#options.log.warn({ pid, signal }, 'a streamer process of a previous server is still running');
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  }

  #pause(ms: number): Promise<void> {
    return timers.setTimeout(ms, undefined, { ref: false, signal: this.#closing.signal });
  }

  /** An unrecorded process only matters if it is stopped when its server is killed; it costs no stream. */
  #write(change: (store: ProcessStore) => void): void {
    try {
      change(this.#options.store);
    } catch (error) {
      this.#options.log.warn({ err: error }, 'a streamer process could not be recorded');
    }
  }
}
