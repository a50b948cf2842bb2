import { existsSync } from 'node:fs';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MoonshareError, type Role } from '@moonshare/contract';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { Accounts } from './accounts/index.ts';
import { Credentials, Devices, RateLimitedCredentials, Tokens } from './auth/index.ts';
import type { Config } from './config/index.ts';
import { EventLog, EventStream } from './events/index.ts';
import { type GameStreamApi, gameStreamApi, HostRegistry, RELAUNCH_PAUSE_MS } from './hosts/index.ts';
import { type AppServices, createApp } from './http/app.ts';
import { Authenticator } from './http/authenticator.ts';
import { OwnNames } from './http/own-names.ts';
import { Proxies } from './http/proxies.ts';
import { RateLimiters } from './http/rate-limiters.ts';
import { linkAddress } from './http/routes/links.ts';
import { StreamerAuthorizer } from './http/streamer-authorizer.ts';
import { loadTls, reloadTls, type TlsFiles } from './http/tls.ts';
import { ViewerAdmission } from './http/viewer-admission.ts';
import { LegacyConnectionHandler } from './legacy/index.ts';
import { Seats } from './limits/index.ts';
import { Metrics } from './metrics/index.ts';
import { PeerConnectionHandler, PendingConnections, SocketLogin } from './peers/index.ts';
import { SecurityLog } from './security/index.ts';
import {
  backupInto,
  CertificateStore,
  DesiredStreamerStore,
  HostStore,
  HostTraitsStore,
  LaunchedAppStore,
  markCleanShutdown,
  markRunning,
  openDatabase,
  PendingWrites,
  ProcessStore,
  persistentSecret,
  rewriteMarker,
} from './store/index.ts';
import {
  ForkedWorkers,
  IceServers,
  RESTART_DELAYS_MS,
  START_LIMIT_MS,
  type Streamer,
  StreamerRegistry,
  type StreamerWorker,
  type TurnOptions,
  UdpPorts,
} from './streamers/index.ts';
import { viewerAddress } from './viewer-address.ts';

/** Streamers of a server that was killed are gone after this; until then they may still end their app on the host. */
const ORPHAN_LIMIT_MS = 10_000;
/** For apps that are still to be ended when the server stops; service managers kill after 10 s. */
const ENDING_APPS_LIMIT_MS = 2_000;
/** A host may list a new app some seconds after it exists, protocol/4 §2. */
const APP_WAIT_MS = 15_000;
/** A browser has found its way to the streamer by then, or will not. */
const CONNECT_LIMIT_MS = 20_000;
/** How late what is open by a link, session or token ends after its time. */
const EXPIRY_CHECK_MS = 1_000;
/** A server that is asked to stop says so often what it waits for, and names so many streamers. */
const TELL_WAITING_MS = 1_000;
const MAX_NAMED = 5;
/** Of links made by the server itself. */
const OWN_LINK_SECONDS = 30 * 24 * 3600;

export interface ServerOptions {
  config: Config;
  log: Logger;
  /** Stand-ins for tests. */
  api?: GameStreamApi;
  streamerEntry?: string | URL;
  startWorker?: (log: Logger) => StreamerWorker;
  appWaitMs?: number;
  relaunchPauseMs?: number;
  startLimitMs?: number;
  orphanLimitMs?: number;
  limits?: AppServices['limits'];
  tlsPollMs?: number;
  restartDelaysMs?: readonly number[];
  connectLimitMs?: number;
  /** scrypt's N. */
  passwordCost?: number;
  /** For compiled code of streamers; in the data directory if it is not given. */
  streamerCache?: string | undefined;
}

/** The whole server: database, hosts, streamers and the front door. */
export class MoonshareServer {
  readonly hosts: HostRegistry;
  readonly streamers: StreamerRegistry;
  readonly #config: ServerOptions['config'];
  readonly accounts: Accounts;
  /** Made by this start, as there was no user yet; shown to the operator once and kept nowhere. */
  readonly firstAdmin: { name: string; password: string } | null;
  readonly #expiryTimer: NodeJS.Timeout;
  readonly #app: FastifyInstance;
  readonly #life: { stopping: boolean };
  readonly #closeDatabase: () => void;
  #closing: Promise<void> | null = null;

  private constructor(parts: {
    hosts: HostRegistry;
    streamers: StreamerRegistry;
    config: ServerOptions['config'];
    accounts: Accounts;
    firstAdmin: { name: string; password: string } | null;
    app: FastifyInstance;
    life: { stopping: boolean };
    closeDatabase: () => void;
  }) {
    this.hosts = parts.hosts;
    this.streamers = parts.streamers;
    this.#config = parts.config;
    this.accounts = parts.accounts;
    this.firstAdmin = parts.firstAdmin;
    this.#expiryTimer = setInterval(() => this.accounts.endExpired(), EXPIRY_CHECK_MS);
    this.#app = parts.app;
    this.#life = parts.life;
    this.#closeDatabase = parts.closeDatabase;
  }

  /** Opens the database and listens. Throws DATA_IN_USE, PORT_IN_USE, CONFIG_INVALID. */
  static async start(options: ServerOptions): Promise<MoonshareServer> {
    const { config, log } = options;
    const tlsFiles = tlsFilesOf(config);
    const database = openDatabase(config.data);
    try {
      const eventLog = new EventLog({ audienceOf: (streamerId) => accounts.streamers.audienceOf(streamerId) });
      const hosts = new HostRegistry(
        {
          api: options.api ?? gameStreamApi,
          hosts: new HostStore(database),
          certificates: new CertificateStore(database),
          eventLog,
          launchedApps: new LaunchedAppStore(database),
          traits: new HostTraitsStore(database),
          log,
          sharedPin: config.internalPairingPin,
          appWaitMs: options.appWaitMs ?? APP_WAIT_MS,
          relaunchPauseMs: options.relaunchPauseMs ?? RELAUNCH_PAUSE_MS,
          launchLimitMs: config.launchLimitSeconds * 1000,
          endApps: config.endApps,
        },
        config.hosts,
      );
      const bindAddress = viewerAddress(config.bind);
      const workers = new ForkedWorkers({
        entry: options.streamerEntry ?? new URL(import.meta.resolve('@moonshare/streamer/main')),
        memoryLimit: config.streamerMemoryMb * 1024 * 1024,
        cacheDirectory: options.streamerCache ?? join(config.data, 'compiled'),
        store: new ProcessStore(database),
        log,
      });
      const writes = new PendingWrites((error) => {
        if (error !== null) log.error({ err: error }, 'the database cannot be written');
        else log.info('the database can be written again');
        eventLog.add({ type: 'store.state', writable: error === null });
      });
      const streamers = new StreamerRegistry(hosts, {
        startWorker: options.startWorker ?? ((log) => workers.start(log)),
        ports: new UdpPorts(config.udpPorts, bindAddress),
        webrtc: {
          ice: new IceServers(config.iceServers, turnOf(config)),
          bindAddress,
          publicAddress: config.publicAddress,
          maxViewers: config.maxViewers,
        },
        allSeats: new Seats(config.maxTotalViewers, {
          code: 'VIEWER_TOTAL_LIMIT',
          limit: 'viewers-of-all',
          of: 'viewers',
        }),
        connectLimitMs: options.connectLimitMs ?? CONNECT_LIMIT_MS,
        maxStreamers: config.maxStreamers,
        gone: (streamerId) => accounts.shares.removeAll(streamerId),
        idleMs: config.idleMinutes * 60_000,
        hostEncryption: config.hostEncryption,
        videoTimeoutMs: config.videoTimeoutSeconds * 1000,
        writes,
        desiredStreamers: new DesiredStreamerStore(database, (streamer, err) =>
          log.warn({ streamer, err }, 'a wanted streamer of another version is not understood, and not started'),
        ),
        startLimitMs: options.startLimitMs ?? START_LIMIT_MS,
        launchLimitMs: config.launchLimitSeconds * 1000,
        restartDelaysMs: options.restartDelaysMs ?? RESTART_DELAYS_MS,
        eventLog,
        log,
        logLevel: config.logLevel,
      });
      const credentials = new Credentials(config.credentials);
      const metrics = new Metrics(streamers, eventLog);
      const security = new SecurityLog(log, (event) => metrics.countSecurityEvent(event));
      const accounts: Accounts = new Accounts(database, writes, {
        ownership: {
          ownerOf: (streamerId) => streamers.ownerOf(streamerId),
          everyone: config.streamerAccess === 'everyone',
        },
        shared: ({ streamerId: streamer_id, user, role }) =>
          eventLog.add({ type: 'streamer.shared', streamer_id, user: user.name, role }, user.id),
        linksEnded: (links) => {
          for (const { id, streamerId } of links) {
            security.record(null, { event: 'link.ended', link: id, streamer: streamerId });
          }
        },
        ...(options.passwordCost === undefined ? {} : { passwordCost: options.passwordCost }),
      });
      const rateLimiters = new RateLimiters();
      const login = new SocketLogin({
        credentials: new RateLimitedCredentials(credentials, rateLimiters.socketLogins),
        security,
      });
      const proxies = new Proxies(config.trustedProxies, config.proxyUserHeader);
      const pendingConnections = new PendingConnections(log);
      const tokens = new Tokens(persistentSecret(database, 'tokens'));
      const life = { stopping: false };
      const tls = tlsFiles && loadTls(tlsFiles);
      const authenticator = new Authenticator({
        credentials: new RateLimitedCredentials(credentials, rateLimiters.credentials),
        accounts,
        proxies,
        allowedOrigins: ownOrigins(config),
      });
      const app: FastifyInstance = await createApp({
        hosts,
        streamers,
        authenticator,
        accounts,
        rateLimiters,
        streamerAuthorizer: new StreamerAuthorizer({ accounts, streamers }),
        admission: new ViewerAdmission({ authenticator, accounts, streamers, tokens, rateLimiters, security }),
        devices: new Devices(persistentSecret(database, 'devices')),
        security,
        peerConnections: new PeerConnectionHandler({ streamers, login, accounts, pendingConnections, security, log }),
        legacyConnections: new LegacyConnectionHandler({
          streamers,
          hosts,
          keepMs: config.legacyKeepSeconds * 1000,
          idleMs: config.legacyIdleMinutes * 60_000,
          login,
          pendingConnections,
          security,
          log,
        }),
        metrics,
        events: new EventStream(eventLog),
        readiness: () => ({
          ...life,
          store: database.isOpen,
          writable: writes.size === 0,
          listening: app.server.listening,
        }),
        backup: () => backupInto(config.data, database),
        unwritable: () => writes.watch(() => rewriteMarker(database)),
        log,
        pathPrefix: config.pathPrefix,
        publicUrl: config.publicUrl,
        ownNames: new OwnNames(config.hostNames),
        keepStreamers: config.keepStreamers,
        tls,
        maxConnections: config.maxConnections,
        proxies,
        ...(options.limits === undefined ? {} : { limits: options.limits }),
        webDirectory: WEB_DIRECTORY,
        staticDirectory: config.staticDir,
      });
      if (tlsFiles !== undefined && tls !== undefined) {
        const reloading = { log, ...(options.tlsPollMs === undefined ? {} : { pollMs: options.tlsPollMs }) };
        const stopReloading = reloadTls(app.server as unknown as HttpsServer, tlsFiles, tls, reloading);
        app.addHook('onClose', async () => stopReloading());
      }
      // Listed before anybody can ask, so that a page that comes back is not told that its stream is gone; started afterwards.
      const listening = Promise.withResolvers<void>();
      // What was only posted has ended with the server before this one.
      accounts.shares.removeOthers(streamers.wantedIds());
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
      // Not before: a server that could not start has nobody to show the password to.
      const firstAdmin = await accounts.users.createFirstAdmin();
      return new MoonshareServer({
        hosts,
        streamers,
        config,
        accounts,
        firstAdmin,
        app,
        life,
        closeDatabase: () => {
          workers.close();
          writes.close();
          try {
            markCleanShutdown(database);
          } catch (err) {
            // The next server takes this one for killed, which costs it some seconds.
            log.error({ err }, 'the database cannot be written');
          }
          database.close();
        },
      });
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** Where this machine finds it, path prefix included, without a slash at the end. */
  get url(): string {
    const { address, port, family } = this.#app.server.address() as AddressInfo;
    const any = address === '0.0.0.0' || address === '::';
    const name = any ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address;
    return `${this.#config.tlsCert === undefined ? 'http' : 'https'}://${name}:${port}${this.#config.pathPrefix}`;
  }

  /** The web app is built. */
  get hasPage(): boolean {
    return existsSync(join(WEB_DIRECTORY, 'index.html'));
  }

  /** A link that lets whoever has it into one streamer; the token is in the fragment, which no server log sees. */
  async link(streamerId: string, role: Role): Promise<string> {
    const { token } = await this.accounts.links.create({
      streamerId,
      role,
      expiresInSeconds: OWN_LINK_SECONDS,
      maxUses: null,
      grantor: { user: null, token: null },
    });
    return linkAddress(this.#config.publicUrl ?? this.url, streamerId, token);
  }

  /** Ends sessions, peers and processes, then everything else. `waitsFor`: told at once and every second what is not over. Idempotent. */
  close(o: { waitsFor?: (what: string) => void } = {}): Promise<void> {
    this.#closing ??= this.#close(o.waitsFor ?? (() => {}));
    return this.#closing;
  }

  async #close(waitsFor: (what: string) => void): Promise<void> {
    this.#life.stopping = true;
    clearInterval(this.#expiryTimer);
    const waiting = async (what: () => string | null, over: Promise<unknown>) => {
      const tell = () => {
        const now = what();
        if (now !== null) waitsFor(now);
      };
      tell();
      const timer = setInterval(tell, TELL_WAITING_MS);
      await over.finally(() => clearInterval(timer));
    };
    await waiting(() => namesOf(this.streamers.all()), this.streamers.close());
    await waiting(quiet('apps on hosts to end'), this.hosts.close(ENDING_APPS_LIMIT_MS));
    await waiting(quiet('connections to close'), this.#app.close());
    this.#closeDatabase();
  }
}

/** Of what is mostly over at once: told from the second time on. */
function quiet(what: string): () => string | null {
  let asked = 0;
  return () => (asked++ === 0 ? null : what);
}

/** Those that have not ended yet; null: all have. */
function namesOf(streamers: readonly Streamer[]): string | null {
  if (streamers.length === 0) return null;
  const named = streamers.slice(0, MAX_NAMED).map(({ id }) => id);
  const others = streamers.length - named.length;
  return `${streamers.length === 1 ? 'the streamer' : 'the streamers'} ${named.join(', ')}${others > 0 ? ` and ${others} more` : ''} to end`;
}

/** Where `npm run build` puts the web app. */
const WEB_DIRECTORY = join(fileURLToPath(new URL('.', import.meta.url)), '..', 'web', 'dist');

async function listen(app: FastifyInstance, config: Config): Promise<void> {
  try {
    await app.listen({ host: config.bind, port: config.port });
  } catch (cause) {
    await app.close();
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'EADDRINUSE') {
      throw new MoonshareError('PORT_IN_USE', { message: `Port ${config.port} on ${config.bind} is taken`, cause });
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EACCES') {
      throw new MoonshareError('CONFIG_INVALID', {
        message: `Cannot listen on ${config.bind}, port ${config.port} (${code})`,
        hint: 'Choose an address of this machine (MOONSHARE_BIND) and a port you may use (PORT).',
        cause,
      });
    }
    throw cause;
  }
}

function tlsFilesOf({ tlsCert, tlsKey }: Config): TlsFiles | undefined {
  return tlsCert === undefined || tlsKey === undefined ? undefined : { certificate: tlsCert, key: tlsKey };
}

function turnOf({ turnUrls, turnSecret, turnLifetime }: Config): TurnOptions | null {
  return turnSecret === undefined ? null : { urls: turnUrls, secret: turnSecret, lifetimeSeconds: turnLifetime };
}

/** Web origins that are ours whatever Host a proxy sends, and those that the operator allowed. */
function ownOrigins({ publicUrl, allowedOrigins }: Config): string[] {
  return publicUrl === undefined ? allowedOrigins : [new URL(publicUrl).origin, ...allowedOrigins];
}
