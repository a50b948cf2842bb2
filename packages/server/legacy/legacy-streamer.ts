import { randomUUID } from 'node:crypto';
import { background, type LegacyInit, MoonshareError, streamSettingsSchema } from '@moonshare/contract';
import type { Logger } from 'pino';
import type { HostRegistry } from '../hosts/registry.ts';
import type { StreamerRegistry } from '../streamers/registry.ts';
import type { AppAtTheEnd } from '../streamers/state-machine.ts';
import type { Streamer } from '../streamers/streamer.ts';

/** A page without a client comes back to what such a page has left: some hosts recognize an app by the certificate that started it. */
const NOBODY = 'legacy';

export interface LegacyStreamerServices {
  streamers: StreamerRegistry;
  hosts: HostRegistry;
  /** How long a streamer without viewers runs, `keepalive` too: legacy callers cannot delete it. 0: for ever. */
  idleMs: number;
  log: Logger;
}

/** The streamer of a legacy session: one at a time, replaced when someone wants different settings. */
export class LegacyStreamer {
  readonly streamerId = `legacy-${randomUUID()}`;
  /** The streamer can be joined. Rejects if it could not be made. */
  readonly ready: Promise<Streamer>;
  /** Nothing of it is left. */
  readonly over: Promise<void>;
  readonly #init: LegacyInit;
  readonly #services: LegacyStreamerServices;
  #up: Promise<unknown> = Promise.resolve();
  #streamer: Streamer | null = null;
  #ended: Promise<void> | null = null;
  readonly #over = Promise.withResolvers<void>();

  /** Starts when `before` has settled. */
  constructor(init: LegacyInit, before: Promise<unknown>, services: LegacyStreamerServices) {
    this.#init = init;
    this.#services = services;
    this.over = this.#over.promise;
    this.ready = this.#start(before);
    this.ready.catch(() => background(this.end('end'), this.#services.log));
  }

  /** It runs or is about to: it was neither ended here, nor deleted, nor given up. */
  get alive(): boolean {
    if (this.#ended !== null) return false;
    const streamer = this.#streamer;
    if (streamer === null) return true;
    return streamer.alive && this.#services.streamers.find(this.streamerId) === streamer;
  }

  /** The host was asked for the app and has not answered: leaving now would leave a session that nobody joins on the host. */
  get launching(): boolean {
    return this.#streamer?.status === 'starting' && this.#streamer.launched;
  }

  /** Whether it streams with the settings of this caller. */
  streams(init: LegacyInit): boolean {
    const settings = (of: LegacyInit) => JSON.stringify(streamSettingsSchema.parse(of));
    return settings(this.#init) === settings(init);
  }

  /** Resolves when the host session is up, rejects if it does not come up. */
  async up(): Promise<void> {
    await this.ready;
    await this.#up;
  }

  /** Resolves when the host session has ended. The first call decides what becomes of the app. */
  end(app: AppAtTheEnd): Promise<void> {
    this.#ended ??= this.#end(app);
    return this.#ended;
  }

  get #clientUniqueId(): string {
    return this.#init.client_unique_id || NOBODY;
  }

  async #start(before: Promise<unknown>): Promise<Streamer> {
    await before;
    await this.#checkHost();
    if (this.#ended !== null) throw new MoonshareError('STREAMER_STOPPED');
    const init = this.#init;
    const created = this.#services.streamers.create(
      {
        streamer_id: this.streamerId,
        client_unique_id: this.#clientUniqueId,
        host_id: init.host_id,
        app_id: init.app_id,
        ...streamSettingsSchema.parse(init),
      },
      // Front ends show the stages, however long these take.
      { ownerId: null, wait: true, patient: true, idleMs: this.#services.idleMs, resumable: true },
    );
    this.#up = created;
    created.catch(() => background(this.end('end'), this.#services.log));
    // By then it was refused, or it is in the registry.
    await Promise.race([created, Promise.resolve()]);
    this.#streamer = this.#services.streamers.get(this.streamerId);
    return this.#streamer;
  }

  /** Finds out whether the host is in use, by us or someone else, before anything is started. */
  async #checkHost(): Promise<void> {
    const host = this.#services.hosts.get(this.#init.host_id);
    if (host.streaming) {
      if (!host.takesAnother) throw new MoonshareError('HOST_BUSY');
      return;
    }
    const client = { clientUniqueId: this.#clientUniqueId, appId: this.#init.app_id };
    if (await host.isBusyFor(client)) throw new MoonshareError('HOST_BUSY');
  }

  async #end(app: AppAtTheEnd): Promise<void> {
    await this.ready.catch(() => {});
    // It may have been deleted by someone else, or have failed to start.
    await this.#services.streamers.delete(this.streamerId, { app }).catch(() => {});
    this.#over.resolve();
  }
}
