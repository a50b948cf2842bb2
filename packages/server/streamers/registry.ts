import { background, type CreateStreamer, MoonshareError } from '@moonshare/contract';
import { clientIdOf } from '../hosts/client-id.ts';
import type { HostRegistry } from '../hosts/registry.ts';
import type { DesiredStreamer, DesiredStreamerStore } from '../store/desired-streamer-store.ts';
import type { PendingWrites } from '../store/pending-writes.ts';
import { DesiredStreamers } from './desired-streamers.ts';
import type { AppAtTheEnd } from './state-machine.ts';
import { Streamer, type StreamerServices } from './streamer.ts';

/** Failed streamers are listed with their reason until somebody deletes them, the newest of them at least. */
const MAX_FAILED = 100;

export interface RegistryOptions extends StreamerServices {
  desiredStreamers: DesiredStreamerStore;
  /** Where what is not wanted any more waits for a database that cannot be written. */
  writes: PendingWrites;
  maxStreamers: number;
  /** Nobody has or wants a streamer of that id any more: the next one is another. */
  gone: (streamerId: string) => void;
}

export interface CreateOptions {
  /** The number of the user whose it is, unless somebody's it is already; null: the shared credentials'. */
  ownerId: number | null;
  /** Called in the turn that decides: throws if this caller may not have a streamer of that id. */
  admit?: () => void;
}

/** All streamers of this server. One process, one registry (protocol/4 §7.1). */
export class StreamerRegistry {
  readonly #hosts: HostRegistry;
  readonly #services: RegistryOptions;
  readonly #streamers = new Map<string, Streamer>();
  readonly #desired: DesiredStreamers;
  /** Whoever looks at one of these comes back to its app when the server is there again. */
  readonly #resumable = new WeakSet<Streamer>();
  /** No streamer of a killed server is left that might end its app, and with it ours. */
  #vacant: Promise<void> = Promise.resolve();
  #closing = false;

  constructor(hosts: HostRegistry, services: RegistryOptions) {
    this.#hosts = hosts;
    this.#services = services;
    const { desiredStreamers: store, writes, log } = services;
    this.#desired = new DesiredStreamers({ store, writes, start: (desired) => this.#startAgain(desired), log });
  }

  all(): Streamer[] {
    return [...this.#streamers.values()];
  }

  find(id: string): Streamer | null {
    return this.#streamers.get(id) ?? null;
  }

  /** Throws STREAMER_NOT_FOUND; SHUTTING_DOWN when it may be there again after a restart. */
  get(id: string): Streamer {
    const streamer = this.#streamers.get(id);
    if (streamer === undefined) throw this.notFound();
    return streamer;
  }

  /** What is said of an id that nobody has. */
  notFound(): MoonshareError {
    return new MoonshareError(this.#closing ? 'SHUTTING_DOWN' : 'STREAMER_NOT_FOUND');
  }

  /** Whose it is, also of one that is wanted and does not run; undefined: nobody has that id. */
  ownerOf(id: string): number | null | undefined {
    return (this.#streamers.get(id) ?? this.#desired.get(id))?.ownerId;
  }

  /**
   * Starts a streamer; a failed one with that id is replaced. With `wait` the answer comes when the host session is up, and
   * a start that fails leaves nothing behind; without it comes at once, and the failure shows in the status. With `desired` it
   * is wanted until it is deleted, and a start that takes longer than its caller waits goes on. `patient`: the caller waits.
   * `idleMs`, in place of what holds for all: how long it goes on with nobody watching, 0 for ever. `resumable`: its app is left running when the server ends, as that of one that is wanted is.
   * Throws STREAMER_EXISTS, STREAMER_LIMIT, HOST_NOT_FOUND, and what a start can fail with.
   */
  async create(
    request: CreateStreamer,
    options: CreateOptions & {
      wait: boolean;
      desired?: boolean;
      patient?: boolean;
      idleMs?: number;
      resumable?: boolean;
    },
  ): Promise<Streamer> {
    this.#checkOpen();
    options.admit?.();
    const known = this.ownerOf(request.streamer_id);
    const ownerId = known === undefined ? options.ownerId : known;
    const streamer = this.#begin({ request, ownerId }, options.idleMs);
    if (options.resumable) this.#resumable.add(streamer);
    if (options.desired) await this.#saveDesired(streamer, { request, ownerId });
    if (!options.wait) return streamer;
    const goesOn = options.desired === true;
    try {
      await streamer.up(options.patient ? undefined : { limitMs: this.#services.startLimitMs, goesOn });
      return streamer;
    } catch (error) {
      if (goesOn && streamer.alive) throw error;
      const removed = this.#remove(streamer, MoonshareError.from(error));
      if (options.desired) this.#desired.remove(streamer.id);
      await removed;
      throw error;
    }
  }

  /** Makes it so that this streamer exists and is wanted until it is deleted. Throws STREAMER_DIFFERS, and what `create` does. */
  async getOrCreate(request: CreateStreamer, options: CreateOptions & { wait: boolean }): Promise<Streamer> {
    options.admit?.();
    const present = this.#streamers.get(request.streamer_id);
    if (present?.status === 'stopping') await present.stop();
    if (present === undefined || !present.alive) return this.create(request, { ...options, desired: true });
    if (!present.matches(request)) throw new MoonshareError('STREAMER_DIFFERS');
    this.#desired.add({ request, ownerId: present.ownerId });
    if (options.wait) await present.up({ limitMs: this.#services.startLimitMs, goesOn: true });
    return present;
  }

  /** Of those that are wanted, whether they run or not. */
  desiredIds(): string[] {
    return this.#desired.list().map(({ request }) => request.streamer_id);
  }

  /** Starts what was wanted when the server before this one ended. Nothing starts from now on before `vacant`. */
  restore(vacant: Promise<void>): void {
    this.#vacant = vacant.then(() => this.#endOrphans());
    for (const desired of this.#desired.list()) this.#startAgain(desired);
  }

  /**
   * Nobody wants it any more: its peers are out before this returns. Resolves when peers, host session and process have ended, to
   * whether it is stored already that it is not wanted. Throws STREAMER_NOT_FOUND.
   */
  async delete(id: string, options: { app: AppAtTheEnd } = { app: 'end' }): Promise<boolean> {
    const streamer = this.#streamers.get(id);
    if (streamer === undefined && this.#desired.get(id) === null) throw this.notFound();
    const removed = streamer && this.#remove(streamer, undefined, options);
    const isStored = this.#desired.remove(id);
    await removed;
    if (streamer === undefined) this.#services.gone(id);
    return isStored;
  }

  /**
   * Ends all and takes no more. Who is wanted leaves its app running, which the next server resumes, and its viewers are told that
   * they may come back.
   */
  async close(): Promise<void> {
    this.#closing = true;
    this.#desired.close();
    await Promise.all(
      [...this.#streamers.values()].map((streamer) =>
        this.#desired.get(streamer.id) !== null || this.#resumable.has(streamer)
          ? this.#remove(streamer, new MoonshareError('SHUTTING_DOWN'), { app: 'leave' })
          : this.#remove(streamer),
      ),
    );
  }

  #begin(desired: DesiredStreamer, idleMs = this.#services.idleMs): Streamer {
    this.#checkOpen();
    const { request } = desired;
    const host = this.#hosts.get(request.host_id);
    const before = this.#streamers.get(request.streamer_id);
    if (before !== undefined && before.status !== 'failed') throw new MoonshareError('STREAMER_EXISTS');
    if (this.all().filter(({ alive }) => alive).length >= this.#services.maxStreamers) {
      throw new MoonshareError('STREAMER_LIMIT');
    }
    const streamer: Streamer = new Streamer(
      desired,
      host,
      {
        isResumable: () => this.#resumable.has(streamer),
        isRetried: ({ code }) => this.#desired.retries(streamer.id, code),
        failed: (error, wasUp) => this.#onFailed(streamer, error, wasUp),
        idle: () => background(this.#onIdle(streamer), this.#services.log),
      },
      { ...this.#services, idleMs },
    );
    // Taken in the same turn as the check above: of two requests with one id, one wins (protocol/4 §7.9).
    this.#streamers.set(streamer.id, streamer);
    const { id: streamer_id, status } = streamer;
    this.#services.eventLog.add({ type: 'streamer.created', streamer_id, status });
    const ready = Promise.all([this.#vacant, before?.stop(undefined, { app: 'leave' })]).then(() => undefined);
    streamer.start(ready);
    return streamer;
  }

  /** Throws SHUTTING_DOWN. */
  #checkOpen(): void {
    if (this.#closing) throw new MoonshareError('SHUTTING_DOWN');
  }

  /** Apps of a server before this one that no streamer resumes. */
  #endOrphans(): void {
    if (this.#closing) return;
    const wanted = this.#desired.list();
    for (const host of this.#hosts.list()) {
      host.restore((appId, client) =>
        wanted.some(({ request, ownerId }) => {
          const isThere = request.host_id === host.id && request.app_id === appId;
          return isThere && clientIdOf({ client: request.client_unique_id, ownerId }) === client;
        }),
      );
    }
  }

  #startAgain(desired: DesiredStreamer): void {
    const { streamer_id: streamer } = desired.request;
    try {
      this.#begin(desired);
    } catch (cause) {
      const error = MoonshareError.from(cause);
      this.#services.log.warn({ err: error, streamer }, 'a kept streamer could not be started');
      // Somebody else has started it meanwhile, or the server ends: then there is nothing to try again.
      if (error.code === 'STREAMER_LIMIT') this.#desired.failed(streamer, error, false);
    }
  }

  #onFailed(streamer: Streamer, error: MoonshareError, wasUp: boolean): void {
    if (this.#streamers.get(streamer.id) !== streamer || this.#closing) return;
    this.#desired.failed(streamer.id, error, wasUp);
    const failed = this.all().filter(({ status }) => status === 'failed');
    for (const old of failed.slice(0, -MAX_FAILED)) background(this.#remove(old), this.#services.log);
  }

  async #onIdle(streamer: Streamer): Promise<void> {
    const isListed = this.#streamers.get(streamer.id) === streamer;
    const removed = this.#remove(streamer, new MoonshareError('STREAMER_IDLE'));
    if (isListed) this.#desired.remove(streamer.id);
    await removed;
  }

  /** One that cannot be stored as desired is not started: its caller would take it for wanted. */
  async #saveDesired(streamer: Streamer, desired: DesiredStreamer): Promise<void> {
    try {
      this.#desired.add(desired);
    } catch (cause) {
      await this.#remove(streamer, new MoonshareError('STORE_UNWRITABLE', { cause }));
      throw cause;
    }
  }

  async #remove(streamer: Streamer, reason?: MoonshareError, options?: { app: AppAtTheEnd }): Promise<void> {
    await streamer.stop(reason, options);
    if (this.#streamers.get(streamer.id) !== streamer) return;
    // Told while it is known whom that concerns.
    this.#services.eventLog.add({ type: 'streamer.ended', streamer_id: streamer.id });
    this.#streamers.delete(streamer.id);
    if (!this.#closing && this.#desired.get(streamer.id) === null) this.#services.gone(streamer.id);
  }
}
