import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import fastifyWebsocket from '@fastify/websocket';
import { type Backup, MAX_SIGNAL_BYTES, MoonshareError } from '@moonshare/contract';
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import type { Logger } from 'pino';
import type { Accounts } from '../accounts/index.ts';
import { type Devices, requiredScope, type Tokens } from '../auth/index.ts';
import type { EventStream } from '../events/index.ts';
import type { HostRegistry } from '../hosts/index.ts';
import type { LegacyConnectionHandler } from '../legacy/index.ts';
import type { Metrics } from '../metrics/index.ts';
import type { PeerConnectionHandler } from '../peers/index.ts';
import type { SecurityLog } from '../security/index.ts';
import type { StreamerRegistry } from '../streamers/index.ts';
import type { Authenticator } from './authenticator.ts';
import { ConnectionLimiter } from './connection-limiter.ts';
import { answerClientError, errorHandler, recordRefusals } from './errors.ts';
import type { OwnNames } from './own-names.ts';
import type { Proxies } from './proxies.ts';
import type { RateLimiters } from './rate-limiters.ts';
import { backupRoute } from './routes/backup.ts';
import { docsRoutes } from './routes/docs.ts';
import { hostRoutes } from './routes/hosts.ts';
import { legacyRoute } from './routes/legacy.ts';
import { linkRoutes } from './routes/links.ts';
import { loginRoute, meRoutes } from './routes/login.ts';
import { healthRoutes, operationsRoutes, type Readiness } from './routes/operations.ts';
import { pageRoutes } from './routes/page.ts';
import { pairRoutes } from './routes/pair.ts';
import { shareRoutes } from './routes/shares.ts';
import { peerRoutes, streamerRoutes } from './routes/streamers.ts';
import { tokenRoutes } from './routes/tokens.ts';
import { userRoutes } from './routes/users.ts';
import { securityHeaders } from './security-headers.ts';
import { StreamerAuthorizer } from './streamer-authorizer.ts';
import type { TlsMaterial } from './tls.ts';
import { ViewerAdmission } from './viewer-admission.ts';

const BODY_LIMIT = 64 * 1024;
/**
 * How long a request may take to arrive, in all and for its headers (and its TLS before), how often that is looked at, and
 * how long nothing at all may move: who drips bytes, or does not read the answer, holds no connection.
 */
const LIMITS = { requestMs: 30_000, headersMs: 10_000, checkMs: 5_000, stillMs: 60_000 };
const MAX_HEADER_BYTES = 16 * 1024;
/** Pieces of one WebSocket message: browsers send it whole, and each piece costs more than its bytes. */
const MAX_FRAGMENTS = 256;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** It is a WebSocket. */
    takesSockets?: true;
  }
}

export interface AppServices {
  hosts: HostRegistry;
  streamers: StreamerRegistry;
  authenticator: Authenticator;
  accounts: Accounts;
  rateLimiters: RateLimiters;
  tokens: Tokens;
  devices: Devices;
  security: SecurityLog;
  peerConnections: PeerConnectionHandler;
  legacyConnections: LegacyConnectionHandler;
  metrics: Metrics;
  events: EventStream;
  readiness: () => Readiness;
  /** Copies the database on the server's own disk. */
  backup: () => Promise<Backup>;
  /** A request has failed because the database takes no writes. */
  unwritable: () => void;
  log: Logger;
  pathPrefix: string;
  publicUrl: string | undefined;
  ownNames: OwnNames;
  /** Streamers made by POST are wanted until they are deleted, as those of PUT. */
  keepStreamers: boolean;
  /** Absent: plain HTTP. */
  tls?: TlsMaterial | undefined;
  maxConnections: number;
  proxies: Proxies;
  /** For tests. */
  limits?: Partial<typeof LIMITS>;
  /** Where the built web app is. */
  webDirectory: string;
  /** Of another front end, in place of the web app. */
  staticDirectory: string | undefined;
}

/** The front door, not listening yet. */
export async function createApp(services: AppServices): Promise<FastifyInstance> {
  const { authenticator, log } = services;
  const headers = securityHeaders({ tls: services.tls !== undefined });
  const refused = recordRefusals(services.security, (request) => authenticator.address(request));
  const handleError = errorHandler(log, { unwritable: services.unwritable, refused });
  const limits = { ...LIMITS, ...services.limits };
  const transport = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: limits.headersMs,
    connectionsCheckingInterval: limits.checkMs,
    // Java's and curl's offer of h2c is no WebSocket: it is left aside, and the request is one like any other.
    shouldUpgradeCallback: ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket',
  };
  const secure = { ...transport, ...services.tls, handshakeTimeout: limits.headersMs };
  const app = Fastify({
    ...(services.tls === undefined ? { http: transport } : { https: secure }),
    requestTimeout: limits.requestMs,
    connectionTimeout: limits.stillMs,
    bodyLimit: BODY_LIMIT,
    routerOptions: { maxParamLength: 512 },
    // Streamers are ended before; a browser that keeps its connection open is not waited for.
    forceCloseConnections: true,
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => answerClientError(error, socket, headers),
    frameworkErrors: (error, request, reply) => {
      // No hook runs for these, and nobody else ends a socket that asked for an upgrade.
      reply.headers(headers);
      reply.raw.once('finish', () => request.raw.socket.destroySoon());
      handleError(error, request, reply);
    },
  } as FastifyServerOptions);
  const connections = new ConnectionLimiter({
    max: services.maxConnections,
    proxies: services.proxies,
    security: services.security,
  });
  connections.watch(app.server);
  app.setErrorHandler(handleError);
  app.setNotFoundHandler(() => {
    throw new MoonshareError('NOT_FOUND');
  });
  parseJson(app);

  await app.register(fastifyWebsocket, {
    options: { maxPayload: MAX_SIGNAL_BYTES, maxFragments: MAX_FRAGMENTS },
    errorHandler: (error, socket) => {
      log.debug({ err: error }, 'peer socket failed');
      socket.terminate();
    },
  });
  connections.hooks(app, (request) => authenticator.address(request));
  // After the WebSocket plugin, whose own hook tells an upgrade from a request.
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers);
    authenticator.checkOrigin(request);
    const hold = authenticator.holdMs(request);
    if (hold > 0) await delay(hold);
    // Else the plugin opens a socket that nobody has let in, only to close it.
    if (request.ws && request.routeOptions.config.takesSockets !== true) throw new MoonshareError('NOT_FOUND');
    if (request.ws) connections.keep(request);
  });
  app.addHook('onResponse', async (request, reply) => {
    // The pattern, not the address: queries carry tokens.
    const { method, routeOptions } = request;
    log.debug({ method, route: routeOptions.url, status: reply.statusCode, ms: reply.elapsedTime }, 'request');
  });

  await app.register((scope) => routes(scope, services, connections), { prefix: services.pathPrefix });
  return app;
}

async function routes(app: FastifyInstance, services: AppServices, connections: ConnectionLimiter): Promise<void> {
  healthRoutes(app, services.readiness);
  docsRoutes(app, services);
  const { accounts, authenticator, pathPrefix, webDirectory: directory, staticDirectory } = services;
  await pageRoutes(app, { directory, staticDirectory, pathPrefix });
  peerRoutes(app, { ...services, admission: new ViewerAdmission(services) });
  legacyRoute(app, services);
  loginRoute(app, services);
  const streamerAuthorizer = new StreamerAuthorizer(services);
  const seen = { ...services, streamerAuthorizer };
  await app.register(async (guarded) => {
    guarded.addHook('onRequest', async (request, reply) => {
      const route = request.routeOptions.url?.slice(pathPrefix.length) ?? '';
      const { grants } = authenticator.checkScope(request, requiredScope(request.method, route));
      connections.keep(request);
      // An answer that goes on, as that of events does, ends with the right to it.
      const release = accounts.live.add(grants, () => reply.raw.headersSent && request.raw.socket.destroy());
      reply.raw.once('close', release);
    });
    hostRoutes(guarded, seen);
    pairRoutes(guarded, services.hosts, services.log);
    streamerRoutes(guarded, services.streamers, { ...seen, links: accounts.links, shares: accounts.shares });
    shareRoutes(guarded, seen);
    linkRoutes(guarded, seen);
    meRoutes(guarded, services);
    userRoutes(guarded, services);
    tokenRoutes(guarded, services);
    operationsRoutes(guarded, seen);
    backupRoute(guarded, services.backup);
  });
}

/** JSON whatever the content type says; an empty body is none, as callers send one with every request. */
function parseJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: BODY_LIMIT }, (_request, body, done) => {
    if (body.length === 0) return done(null, undefined);
    try {
      done(null, JSON.parse(body.toString()));
    } catch (cause) {
      done(new MoonshareError('BAD_REQUEST', { message: 'Bad request: the body is not JSON', cause }));
    }
  });
}
