import { randomUUID } from 'node:crypto';
import { type LegacyInit, MoonshareError, streamSettingsSchema } from '@moonshare/contract';
import type { HostRegistry } from '../hosts/index.ts';
import type { Streamer, StreamerRegistry } from '../streamers/index.ts';

export interface LegacySessionServices {
  streamers: StreamerRegistry;
  hosts: HostRegistry;
  /** How long a session without a socket is kept. */
  keepMs: number;
  /** How long one with nobody watching goes on, `keepalive` too: legacy callers have no way to delete it. 0: for ever. */
  idleMs: number;
}

/** A host session that a legacy socket started: a streamer of the registry, and who is with it. */
export class LegacySession {
  readonly streamerId = `legacy-${randomUUID()}`;
  /** The streamer can be joined. Rejects if it could not be made. */
  readonly ready: Promise<Streamer>;
  readonly #init: LegacyInit;
  readonly #services: LegacySessionServices;
  #up: Promise<unknown> = Promise.resolve();
  #streamer: Streamer | null = null;
  #visitors = 0;
  /** Goes on with nobody looking until somebody ends it. */
  #lasting = false;
  #keepTimer: NodeJS.Timeout | undefined;
  #ended: Promise<void> | null = null;
  readonly #over = Promise.withResolvers<void>();

  /** Starts when `before` has settled. */
  constructor(init: LegacyInit, before: Promise<unknown>, services: LegacySessionServices) {
    this.#init = init;
    this.#services = services;
    this.ready = this.#start(before);
    this.ready.catch(() => void this.end());
  }

  get sessionId(): string | null {
    return this.#init.session_id || null;
  }

  get hostId(): number {
    return this.#init.host_id;
  }

  /** Resolves when nothing of it is left. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  get occupied(): boolean {
    return this.#visitors > 0;
  }

  /** It runs or is about to: it was neither ended here, nor deleted, nor given up. */
  get alive(): boolean {
    if (this.#ended !== null) return false;
    const streamer = this.#streamer;
    if (streamer === null) return true;
    return this.#isListed(streamer) && streamer.status !== 'failed' && streamer.status !== 'stopping';
  }

  /** This caller gets what it asks for by joining. */
  serves(init: LegacyInit): boolean {
    const same = (key: 'host_id' | 'app_id') => this.#init[key] === init[key];
    const settings = (of: LegacyInit) => JSON.stringify(streamSettingsSchema.parse(of));
    const isSameClient = (this.#init.client_unique_id ?? null) === (init.client_unique_id ?? null);
    return isSameClient && same('host_id') && same('app_id') && settings(this.#init) === settings(init);
  }

  enter(): void {
    clearTimeout(this.#keepTimer);
    this.#visitors++;
  }

  /** The last one who leaves ends it, or starts the time that it is kept for. */
  leave(): void {
    this.#visitors--;
    if (this.occupied || (this.#lasting && this.alive)) return;
    const { keepMs } = this.#services;
    if (keepMs === 0 || !this.alive) void this.end();
    else this.#keepTimer = setTimeout(() => void this.end(), keepMs);
  }

  makeLasting(): void {
    this.#lasting = true;
  }

  /** Resolves when the host session is up, rejects if it does not come up. */
  async up(): Promise<void> {
    await this.ready;
    await this.#up;
  }

  /** Resolves when the host session has ended. */
  end(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  /** The server stops: what runs is ended by the registry. */
  forget(): void {
    clearTimeout(this.#keepTimer);
  }

  async #start(before: Promise<unknown>): Promise<Streamer> {
    await before;
    await this.#checkHost();
    if (this.#ended !== null) throw new MoonshareError('STREAMER_STOPPED');
    const init = this.#init;
    const created = this.#services.streamers.create(
      {
        streamer_id: this.streamerId,
        client_unique_id: init.client_unique_id || this.streamerId,
        host_id: init.host_id,
        app_id: init.app_id,
        ...streamSettingsSchema.parse(init),
      },
      { wait: true, idleMs: this.#services.idleMs },
    );
    this.#up = created;
    created.catch(() => void this.end());
    // Refused at once, or in the registry already.
    await Promise.race([created, Promise.resolve()]);
    this.#streamer = this.#services.streamers.get(this.streamerId);
    return this.#streamer;
  }

  /** That the host is taken, by us or by somebody else, is known before anything is started. */
  async #checkHost(): Promise<void> {
    const host = this.#services.hosts.get(this.#init.host_id);
    if (host.streaming) {
      if (!host.takesAnother) throw new MoonshareError('HOST_BUSY');
      return;
    }
    const { current_game } = await host.detailed({ refresh: true });
    if (current_game !== 0 && current_game !== this.#init.app_id) throw new MoonshareError('HOST_BUSY');
  }

  async #end(): Promise<void> {
    clearTimeout(this.#keepTimer);
    await this.ready.catch(() => {});
    // It may have been deleted by somebody else, or have failed to start.
    await this.#services.streamers.delete(this.streamerId).catch(() => {});
    this.#over.resolve();
  }

  #isListed(streamer: Streamer): boolean {
    try {
      return this.#services.streamers.get(this.streamerId) === streamer;
    } catch {
      return false;
    }
  }
}
