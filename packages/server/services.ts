import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { DEFAULT_GRACE_MS, DEFAULT_SILENCE_MS } from '@moonshare/contract';
import type { Logger } from 'pino';
import { Accounts } from './accounts/accounts.ts';
import { Actions } from './actions/actions.ts';
import { AuditTrail } from './audit/audit-trail.ts';
import { Credentials } from './auth/credentials.ts';
import { Devices } from './auth/devices.ts';
import { RateLimitedCredentials } from './auth/rate-limited-credentials.ts';
import { Tokens } from './auth/tokens.ts';
import { Vouchers } from './auth/vouchers.ts';
import { ownOrigins, turnServers } from './config/derived.ts';
import type { Config } from './config/settings.ts';
import { EventLog } from './events/event-log.ts';
import { EventStream } from './events/event-stream.ts';
import { type GameStreamApi, gameStreamApi } from './hosts/gamestream-api.ts';
import { RELAUNCH_PAUSE_MS } from './hosts/host-kind.ts';
import { HostRegistry } from './hosts/registry.ts';
import { Authenticator } from './http/authenticator.ts';
import { OwnNames } from './http/own-names.ts';
import { Proxies } from './http/proxies.ts';
import { RateLimiters } from './http/rate-limiters.ts';
import { StreamerAuthorizer } from './http/streamer-authorizer.ts';
import { ViewerAdmission } from './http/viewer-admission.ts';
import { LegacyConnectionHandler } from './legacy/legacy-connection-handler.ts';
import { Seats } from './limits/seats.ts';
import { Metrics } from './metrics/metrics.ts';
import { PeerConnectionHandler } from './peers/peer-connection-handler.ts';
import { PendingConnections } from './peers/pending-connections.ts';
import { SocketLogin } from './peers/socket-login.ts';
import { DecoderProcess } from './pictures/decoder-process.ts';
import { Pictures } from './pictures/pictures.ts';
import { SecurityLog } from './security/security-log.ts';
import { CertificateStore } from './store/certificate-store.ts';
import { persistentSecret } from './store/database.ts';
import { DesiredStreamerStore } from './store/desired-streamer-store.ts';
import { HostStore } from './store/host-store.ts';
import { HostTraitsStore } from './store/host-traits-store.ts';
import { LaunchedAppStore } from './store/launched-app-store.ts';
import { PendingWrites } from './store/pending-writes.ts';
import { ProcessStore } from './store/process-store.ts';
import { ForkedWorkers } from './streamers/forked-workers.ts';
import { IceServers } from './streamers/ice-servers.ts';
import { StreamerRegistry } from './streamers/registry.ts';
import { RESTART_DELAYS_MS } from './streamers/restart-policy.ts';
import { START_LIMIT_MS } from './streamers/streamer.ts';
import type { StreamerWorker } from './streamers/streamer-worker.ts';
import { UdpPorts } from './streamers/udp-ports.ts';
import { viewerAddress } from './viewer-address.ts';
import { Webhooks } from './webhooks/webhooks.ts';

/** A host may list a new app only some seconds after it was added, protocol/4 §2. */
const APP_WAIT_MS = 15_000;
/** By then a browser has reached the streamer, or never will. */
const CONNECT_LIMIT_MS = 20_000;

/** Stubs and shorter limits for tests. */
export interface ServiceOverrides {
  api?: GameStreamApi;
  streamerEntry?: string | URL;
  tapEntry?: string | URL;
  startWorker?: (log: Logger) => StreamerWorker;
  appWaitMs?: number;
  relaunchPauseMs?: number;
  startLimitMs?: number;
  restartDelaysMs?: readonly number[];
  connectLimitMs?: number;
  /** After each failed delivery of a webhook. */
  webhookRetryMs?: number;
  /** scrypt's N. */
  passwordCost?: number;
}

export type Services = ReturnType<typeof createServices>;

/** Everything a server consists of except the HTTP server, each part with its dependencies. Nothing runs yet. */
export function createServices(config: Config, log: Logger, database: DatabaseSync, overrides: ServiceOverrides) {
  const eventLog = new EventLog({ audienceOf: (streamerId) => accounts.streamers.audienceOf(streamerId) });
  const writes = new PendingWrites((error) => {
    if (error !== null) log.error({ err: error }, 'the database cannot be written');
    else log.info('the database can be written again');
    eventLog.add({ type: 'store.state', writable: error === null });
  });
  const audit = config.audit
    ? new AuditTrail({
        dataDirectory: config.data,
        maxBytes: config.auditMaxMb * 1024 * 1024,
        maxDays: config.auditMaxDays,
        changed: (writable) => eventLog.add({ type: 'audit.state', writable }),
        log,
      })
    : null;
  if (audit !== null) eventLog.follow((entry) => audit.happened(entry));

  const hosts = new HostRegistry(
    {
      api: overrides.api ?? gameStreamApi,
      hosts: new HostStore(database),
      certificates: new CertificateStore(database),
      eventLog,
      launchedApps: new LaunchedAppStore(database),
      traits: new HostTraitsStore(database),
      log,
      sharedPin: config.internalPairingPin,
      appWaitMs: overrides.appWaitMs ?? APP_WAIT_MS,
      relaunchPauseMs: overrides.relaunchPauseMs ?? RELAUNCH_PAUSE_MS,
      launchLimitMs: config.launchLimitSeconds * 1000,
      endApps: config.endApps,
    },
    config.hosts,
  );

  const cacheDirectory = process.env.NODE_COMPILE_CACHE || join(config.data, 'compiled');
  const workers = new ForkedWorkers({
    entry: overrides.streamerEntry ?? new URL(import.meta.resolve('@moonshare/streamer/main')),
    memoryLimit: config.streamerMemoryMb * 1024 * 1024,
    cacheDirectory,
    store: new ProcessStore(database),
    log,
  });
  const bindAddress = viewerAddress(config.bind);
  const streamers = new StreamerRegistry(hosts, {
    startWorker: overrides.startWorker ?? ((log) => workers.start(log)),
    ports: new UdpPorts(config.udpPorts, bindAddress),
    webrtc: {
      ice: new IceServers(config.iceServers, turnServers(config)),
      bindAddress,
      publicAddress: config.publicAddress,
      maxViewers: config.maxViewers,
      stack: config.webrtcStack,
    },
    allSeats: new Seats(config.maxTotalViewers, {
      code: 'VIEWER_TOTAL_LIMIT',
      limit: 'viewers-of-all',
      of: 'viewers',
    }),
    connectLimitMs: overrides.connectLimitMs ?? CONNECT_LIMIT_MS,
    controlRules: { policy: config.controlPolicy, graceMs: DEFAULT_GRACE_MS, silenceMs: DEFAULT_SILENCE_MS },
    agentMs: config.agentSeconds * 1000,
    transport: config.transport,
    maxStreamers: config.maxStreamers,
    gone: (streamerId) => accounts.shares.removeAll(streamerId),
    idleMs: config.idleMinutes * 60_000,
    hostEncryption: config.hostEncryption,
    videoTimeoutMs: config.videoTimeoutSeconds * 1000,
    writes,
    desiredStreamers: new DesiredStreamerStore(database, (streamer, err) =>
      log.warn(
        { streamer, err },
        'a desired streamer was stored by another version and cannot be read; it is not started',
      ),
    ),
    startLimitMs: overrides.startLimitMs ?? START_LIMIT_MS,
    launchLimitMs: config.launchLimitSeconds * 1000,
    restartDelaysMs: overrides.restartDelaysMs ?? RESTART_DELAYS_MS,
    eventLog,
    inputSent: (streamerId, participant, counts) => audit?.input(streamerId, participant, counts),
    log,
    logLevel: config.logLevel,
  });

  const pictures = new Pictures({
    startDecoder: (log) => {
      const decoder = new DecoderProcess({
        entry: overrides.tapEntry ?? new URL(import.meta.resolve('@moonshare/tap/main')),
        cacheDirectory,
        memoryLimit: config.decoderMemoryMb * 1024 * 1024,
        log,
      });
      decoder.once('exit', workers.record(decoder.pid));
      return decoder;
    },
    maxDecoders: config.maxDecoders,
    log,
  });

  const metrics = new Metrics(streamers, eventLog, audit);
  const security = new SecurityLog(log, [
    ({ event }) => metrics.countSecurityEvent(event),
    (event, address, by) => audit?.security(address, event, by),
  ]);
  const accounts: Accounts = new Accounts(database, writes, {
    ownership: {
      ownerOf: (streamerId) => streamers.ownerOf(streamerId),
      everyone: config.streamerAccess === 'everyone',
    },
    shared: ({ streamerId: streamer_id, user, role }) =>
      eventLog.add({ type: 'streamer.shared', streamer_id, user: user.name, role }, { also: user.id }),
    linksEnded: (links) => {
      for (const { id, streamerId } of links) {
        security.record(null, { event: 'link.ended', link: id, streamer: streamerId });
      }
    },
    ...(overrides.passwordCost === undefined ? {} : { passwordCost: overrides.passwordCost }),
  });

  const credentials = new Credentials(config.credentials);
  const rateLimiters = new RateLimiters();
  const proxies = new Proxies(config.trustedProxies, config.proxyUserHeader);
  const authenticator = new Authenticator({
    credentials: new RateLimitedCredentials(credentials, rateLimiters.credentials),
    accounts,
    proxies,
    allowedOrigins: ownOrigins(config),
  });
  const tokenKey = persistentSecret(database, 'tokens');
  const tokens = new Tokens(tokenKey);
  const vouchers = new Vouchers(tokenKey);
  const admission = new ViewerAdmission({
    authenticator,
    accounts,
    streamers,
    tokens,
    vouchers,
    rateLimiters,
    security,
  });

  const login = new SocketLogin({
    credentials: new RateLimitedCredentials(credentials, rateLimiters.socketLogins),
    security,
  });
  const pendingConnections = new PendingConnections(log);
  const peerConnections = new PeerConnectionHandler({ streamers, login, accounts, pendingConnections, security, log });
  const legacyConnections = new LegacyConnectionHandler({
    streamers,
    hosts,
    keepMs: config.legacyKeepSeconds * 1000,
    idleMs: config.legacyIdleMinutes * 60_000,
    login,
    pendingConnections,
    security,
    log,
  });

  return {
    writes,
    audit,
    webhooks: new Webhooks({
      database,
      eventLog,
      allowsHttp: config.webhookHttp,
      allowsPrivate: config.webhookPrivateAddresses,
      retryMs: overrides.webhookRetryMs,
      log,
    }),
    events: new EventStream(eventLog),
    hosts,
    workers,
    streamers,
    pictures,
    actions: new Actions(pictures, (streamerId, agent, counts) => audit?.actions(streamerId, agent, counts)),
    metrics,
    security,
    accounts,
    rateLimiters,
    proxies,
    authenticator,
    admission,
    vouchers,
    streamerAuthorizer: new StreamerAuthorizer({ accounts, streamers }),
    devices: new Devices(persistentSecret(database, 'devices')),
    peerConnections,
    legacyConnections,
    ownNames: new OwnNames(config.hostNames),
    log,
  };
}
