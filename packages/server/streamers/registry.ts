import { background, type ChangeControl, type CreateStreamer, MoonshareError } from '@moonshare/contract';
import { clientIdOf } from '../hosts/client-id.ts';
import type { HostRegistry } from '../hosts/registry.ts';
import type { DesiredStreamer, DesiredStreamerStore } from '../store/desired-streamer-store.ts';
import type { PendingWrites } from '../store/pending-writes.ts';
import { DesiredStreamers } from './desired-streamers.ts';
import type { AppAtTheEnd } from './state-machine.ts';
import { Streamer, type StreamerServices } from './streamer.ts';

/** Failed streamers are listed with their reason until they are deleted, but only the newest ones. */
const MAX_FAILED = 100;

export interface RegistryOptions extends StreamerServices {
  desiredStreamers: DesiredStreamerStore;
  /** Where removals wait while the database cannot be written. */
  writes: PendingWrites;
  maxStreamers: number;
  /** The streamer with this ID is neither running nor desired: the next one with the ID is a new one. */
  gone: (streamerId: string) => void;
}

export interface CreateOptions {
  /** The number of the owner, unless the ID already has one; null: the shared credentials. */
  ownerId: number | null;
  /** Called in the turn that decides; throws if this caller may not have a streamer with that ID. */
  admit?: () => void;
}

/** All streamers of this server. One process, one registry (protocol/4 §7.1). */
export class StreamerRegistry {
  readonly #hosts: HostRegistry;
  readonly #services: RegistryOptions;
  readonly #streamers = new Map<string, Streamer>();
  readonly #desired: DesiredStreamers;
  /** Their viewers come back to their apps when the server has restarted. */
  readonly #resumable = new WeakSet<Streamer>();
  /** Resolves when no streamer of a killed server is left that might end its app, and with it ours. */
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

  /** Throws STREAMER_NOT_FOUND, or SHUTTING_DOWN when it may be there again after a restart. */
  get(id: string): Streamer {
    const streamer = this.#streamers.get(id);
    if (streamer === undefined) throw this.notFound();
    return streamer;
  }

  /** The error for an ID that does not exist. */
  notFound(): MoonshareError {
    return new MoonshareError(this.#closing ? 'SHUTTING_DOWN' : 'STREAMER_NOT_FOUND');
  }

  /** The owner, also of a desired streamer that is not running; undefined: the ID does not exist. */
  ownerOf(id: string): number | null | undefined {
    return (this.#streamers.get(id) ?? this.#desired.get(id))?.ownerId;
  }

  /**
   * Starts a streamer; a failed one with that ID is replaced. With `wait` it resolves when the host session is up, and a failed start
   * leaves nothing behind; without, it resolves at once, and the status shows a failure. With `desired` it is desired until it is
   * deleted, and the start continues even if it takes longer than its caller waits. `patient`: the caller waits as long as it takes.
   * `idleMs`: how long it runs without viewers instead of the common limit, 0 for ever. `resumable`: its app keeps running when the
   * server stops, like that of a desired one. Throws STREAMER_EXISTS, STREAMER_LIMIT, HOST_NOT_FOUND, and what a start can fail with.
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

  /** Ensures that this streamer exists and is desired until it is deleted. Throws STREAMER_DIFFERS, and what `create` throws. */
  async getOrCreate(request: CreateStreamer, options: CreateOptions & { wait: boolean }): Promise<Streamer> {
    options.admit?.();
    const present = this.#streamers.get(request.streamer_id);
    if (present?.status === 'stopping') await present.stop();
    if (present === undefined || !present.alive) return this.create(request, { ...options, desired: true });
    if (!present.matches(request)) throw new MoonshareError('STREAMER_DIFFERS');
    // As it is now: its control policy may have been changed.
    this.#desired.add({ request: present.request, ownerId: present.ownerId });
    if (options.wait) await present.up({ limitMs: this.#services.startLimitMs, goesOn: true });
    return present;
  }

  /**
   * Changes the bitrate of a running streamer, kbit/s; a desired one has it after a restart of the server too. Throws what
   * `Streamer.changeBitrate` throws, and STORE_UNWRITABLE if it is changed but not stored.
   */
  async changeBitrate(streamer: Streamer, kbps: number): Promise<void> {
    await streamer.changeBitrate(kbps);
    this.#keep(streamer, 'bitrate');
  }

  /**
   * Changes who may use keyboard, mouse and touch of a streamer; a desired one has the policy after a restart of the server too. Throws
   * STORE_UNWRITABLE if it is changed but not stored.
   */
  changeControl(streamer: Streamer, change: ChangeControl): void {
    streamer.changeControl(change);
    this.#keep(streamer, 'control policy');
  }

  /** The IDs of desired streamers, running or not. */
  desiredIds(): string[] {
    return this.#desired.list().map(({ request }) => request.streamer_id);
  }

  /** Stores what has changed of a desired streamer. Throws STORE_UNWRITABLE. */
  #keep({ id, request, ownerId }: Streamer, what: string): void {
    if (this.#desired.get(id) === null) return;
    try {
      this.#desired.add({ request, ownerId });
    } catch (cause) {
      throw new MoonshareError('STORE_UNWRITABLE', {
        message: `The ${what} has changed, but the database cannot be written`,
        hint: `Until it is stored, a restart of the server brings the old ${what} back. Check the disk of the data directory, then repeat the request.`,
        cause,
      });
    }
  }

  /** Starts the streamers that were desired when the previous server ended. From now on nothing starts before `vacant`. */
  restore(vacant: Promise<void>): void {
    this.#vacant = vacant.then(() => this.#endOrphans());
    for (const desired of this.#desired.list()) this.#startAgain(desired);
  }

  /**
   * It is no longer desired, and its peers are removed before this returns. Resolves when peers, host session and process have ended,
   * with whether the removal is stored already. Throws STREAMER_NOT_FOUND.
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
   * Ends all and accepts no more. Desired streamers leave their apps running, to be resumed by the next server, and their viewers
   * learn that they may come back.
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
    // In the same turn as the check above: of two requests with the same ID, one wins (protocol/4 §7.9).
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

  /** Ends the apps of a previous server that no streamer resumes. */
  #endOrphans(): void {
    if (this.#closing) return;
    const wanted = this.#desired.list();
    for (const host of this.#hosts.list()) {
      host.appUses.restore((appId, client) =>
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
      this.#services.log.warn({ err: error, streamer }, 'a desired streamer could not be started');
      // If someone else has started it meanwhile, or the server stops, there is nothing to retry.
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

  /** A streamer that cannot be stored as desired is not started: its caller would believe that it was. */
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
    // Reported while it is still known whom it concerns.
    this.#services.eventLog.add({ type: 'streamer.ended', streamer_id: streamer.id });
    this.#streamers.delete(streamer.id);
    if (!this.#closing && this.#desired.get(streamer.id) === null) this.#services.gone(streamer.id);
  }
}
