import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { Role } from '@moonshare/contract';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Accounts } from './accounts/accounts.ts';
import { tlsFiles } from './config/derived.ts';
import { changedSettings } from './config/describe-settings.ts';
import type { Config } from './config/settings.ts';
import type { HostRegistry } from './hosts/registry.ts';
import { type AppOptions, createApp } from './http/app.ts';
import { listen, localAuthority } from './http/listen.ts';
import { linkAddress } from './http/routes/links.ts';
import packageJson from './package.json' with { type: 'json' };
import { createServices, type ServiceOverrides, type Services } from './services.ts';
import { ifItTakesLong, reportWhile, streamersToEnd } from './shutdown-progress.ts';
import { backupInto } from './store/backup.ts';
import { markCleanShutdown, markRunning, rewriteMarker } from './store/clean-shutdown-marker.ts';
import { openDatabase } from './store/database.ts';
import type { StreamerRegistry } from './streamers/registry.ts';

/** Streamers of a killed server are gone after this time; until then they may still end their app on the host. */
const ORPHAN_LIMIT_MS = 10_000;
/** For apps that still have to be ended when the server stops; service managers kill it after 10 s. */
const ENDING_APPS_LIMIT_MS = 2_000;
/** How late, at most, what a link, session or token opened ends after its expiry. */
const EXPIRY_CHECK_MS = 1_000;
/** For links created by the server itself. */
const OWN_LINK_SECONDS = 30 * 24 * 3600;
/** Where `npm run build` puts the web app. */
const WEB_DIRECTORY = join(fileURLToPath(new URL('.', import.meta.url)), '..', 'web', 'dist');

export interface ServerOptions extends ServiceOverrides {
  config: Config;
  log: Logger;
  /** For tests. */
  orphanLimitMs?: number;
  limits?: AppOptions['limits'];
  tlsPollMs?: number;
}

interface ServerParts {
  config: Config;
  services: Services;
  app: FastifyInstance;
  database: DatabaseSync;
  state: { stopping: boolean };
}

/** The whole server: database, hosts, streamers and the front door. */
export class MoonshareServer {
  /** Created at this start because there was no user; shown to the operator once and not stored. */
  readonly firstAdmin: { name: string; password: string } | null;
  readonly #parts: ServerParts;
  readonly #expiryTimer: NodeJS.Timeout;
  #closing: Promise<void> | null = null;

  private constructor(parts: ServerParts, firstAdmin: MoonshareServer['firstAdmin']) {
    this.#parts = parts;
    this.firstAdmin = firstAdmin;
    this.#expiryTimer = setInterval(() => this.accounts.endExpired(), EXPIRY_CHECK_MS);
  }

  /** Opens the database and listens. Throws DATA_IN_USE, PORT_IN_USE, CONFIG_INVALID. */
  static async start(options: ServerOptions): Promise<MoonshareServer> {
    const { config, log } = options;
    const database = openDatabase(config.data);
    try {
      const services = createServices(config, log, database, options);
      const { accounts, streamers, workers, writes } = services;
      const state = { stopping: false };
      const app = await createApp({
        ...services,
        readiness: () => ({ ...state, store: database.isOpen, writable: writes.size === 0 }),
        backup: () => backupInto(config.data, database),
        unwritable: () => writes.watch(() => rewriteMarker(database)),
        pathPrefix: config.pathPrefix,
        publicUrl: config.publicUrl,
        keepStreamers: config.keepStreamers,
        tlsFiles: tlsFiles(config),
        tlsPollMs: options.tlsPollMs,
        maxConnections: config.maxConnections,
        limits: options.limits,
        webDirectory: WEB_DIRECTORY,
        staticDirectory: config.staticDir,
        allowedOrigins: config.allowedOrigins,
        mcp: config.mcp,
      });
      // Listed before requests are accepted, so that a returning page does not learn that its stream is gone; started afterwards.
      const listening = Promise.withResolvers<void>();
      // Streamers that were not desired have ended with the previous server.
      accounts.shares.removeOthers(streamers.desiredIds());
      streamers.restore(
        listening.promise.then(() => {
          const { wasKilled } = markRunning(database);
          return workers.reapOrphans({ limitMs: options.orphanLimitMs ?? ORPHAN_LIMIT_MS, wasKilled });
        }),
      );
      try {
        await listen(app, config);
      } catch (error) {
        await streamers.close();
        throw error;
      }
      listening.resolve();
      services.audit?.started(packageJson.version, changedSettings(config));
      // Not earlier: a server that fails to start has no one to show the password to.
      const firstAdmin = await accounts.users.createFirstAdmin();
      return new MoonshareServer({ config, services, app, database, state }, firstAdmin);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  get hosts(): HostRegistry {
    return this.#parts.services.hosts;
  }

  get streamers(): StreamerRegistry {
    return this.#parts.services.streamers;
  }

  get accounts(): Accounts {
    return this.#parts.services.accounts;
  }

  /** Where this machine can reach it, path prefix included, without a trailing slash. */
  get url(): string {
    const { app, config } = this.#parts;
    const scheme = tlsFiles(config) === undefined ? 'http' : 'https';
    return `${scheme}://${localAuthority(app)}${config.pathPrefix}`;
  }

  /** Whether the web app is built. */
  get hasPage(): boolean {
    return existsSync(join(WEB_DIRECTORY, 'index.html'));
  }

  /** A link that lets anyone who has it into one streamer; the token is in the fragment, which no server log contains. */
  async link(streamerId: string, role: Role): Promise<string> {
    const { token } = await this.accounts.links.create({
      streamerId,
      role,
      expiresInSeconds: OWN_LINK_SECONDS,
      maxUses: null,
      grantor: { user: null, token: null },
    });
    return linkAddress(this.#parts.config.publicUrl ?? this.url, streamerId, token);
  }

  /** Ends sessions, peers and processes, then everything else. `waitsFor` is called at once and every second with what is still running. Idempotent. */
  close({ waitsFor = () => {} }: { waitsFor?: (what: string) => void } = {}): Promise<void> {
    this.#closing ??= this.#close(waitsFor);
    return this.#closing;
  }

  async #close(waitsFor: (what: string) => void): Promise<void> {
    this.#parts.state.stopping = true;
    clearInterval(this.#expiryTimer);
    const { hosts, streamers } = this;
    this.#parts.services.pictures.close();
    await reportWhile(streamers.close(), () => streamersToEnd(streamers.all().map(({ id }) => id)), waitsFor);
    await reportWhile(hosts.close(ENDING_APPS_LIMIT_MS), ifItTakesLong('apps on hosts to end'), waitsFor);
    await reportWhile(this.#parts.app.close(), ifItTakesLong('connections to close'), waitsFor);
    this.#parts.services.webhooks.close();
    await this.#parts.services.audit?.close();
    this.#closeDatabase();
  }

  #closeDatabase(): void {
    const { services, database } = this.#parts;
    const { log, workers, writes } = services;
    workers.close();
    writes.close();
    try {
      markCleanShutdown(database);
    } catch (err) {
      // The next server will assume that this one was killed, which costs it a few seconds.
      log.error({ err }, 'the database cannot be written');
    }
    database.close();
  }
}
