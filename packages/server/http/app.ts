import type { IncomingMessage } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import fastifyWebsocket from '@fastify/websocket';
import { MAX_SIGNAL_BYTES, MoonshareError } from '@moonshare/contract';
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { ApiDescription } from '../openapi/api-description.ts';
import packageJson from '../package.json' with { type: 'json' };
import { API_ROUTES } from './api-routes.ts';
import type { ApiServices, Readiness } from './api-services.ts';
import { ConnectionLimiter } from './connection-limiter.ts';
import { crossOrigin } from './cross-origin.ts';
import { answerClientError, errorHandler, recordRefusals } from './errors.ts';
import type { Proxies } from './proxies.ts';
import { registerRoutes } from './register-routes.ts';
import { mcpRoutes } from './routes/mcp.ts';
import { pageRoutes } from './routes/page.ts';
import { securityHeaders } from './security-headers.ts';
import { loadTls, reloadTls, type TlsFiles } from './tls.ts';
import { Upgrades } from './upgrades.ts';

const BODY_LIMIT = 64 * 1024;
/**
 * How long a request may take to arrive, in total and for its headers (and TLS before them), how often that is checked, and
 * how long nothing at all may move: nobody can hold a connection by trickling bytes or not reading the answer.
 */
const LIMITS = { requestMs: 30_000, headersMs: 10_000, checkMs: 5_000, stillMs: 60_000 };
const MAX_HEADER_BYTES = 16 * 1024;
/** Fragments of one WebSocket message: browsers send it whole, and each fragment costs more than its bytes. */
const MAX_FRAGMENTS = 256;

/** Routes validate with zod: without these, Fastify loads two compilers of JSON Schema, 0.1 s of CPU. */
const NO_SCHEMAS = { compilersFactory: { buildValidator: unused, buildSerializer: unused } };

function unused(): never {
  throw new TypeError('No route uses Fastify schemas');
}

export interface AppOptions extends Omit<ApiServices, 'description' | 'readiness'> {
  /** The readiness of everything but the HTTP server. */
  readiness: () => Omit<Readiness, 'listening'>;
  /** Called when a request has failed because the database accepts no writes. */
  unwritable: () => void;
  /** Undefined: plain HTTP. */
  tlsFiles: TlsFiles | undefined;
  tlsPollMs?: number | undefined;
  maxConnections: number;
  proxies: Proxies;
  /** For tests. */
  limits?: Partial<typeof LIMITS> | undefined;
  /** Other origins whose pages may show streams. */
  allowedOrigins: readonly string[];
  /** Whether /mcp is there. */
  mcp: boolean;
  /** The directory of the built web app. */
  webDirectory: string;
  /** The directory of another front end, served instead of the web app. */
  staticDirectory: string | undefined;
}

/** The HTTP server, not listening yet. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { authenticator, log, tlsFiles } = options;
  const tls = tlsFiles && loadTls(tlsFiles);
  const headers = securityHeaders({ tls: tls !== undefined });
  const refused = recordRefusals(options.security, (request) => authenticator.address(request));
  const handleError = errorHandler(log, { unwritable: options.unwritable, refused });
  const limits = { ...LIMITS, ...options.limits };
  const transport = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: limits.headersMs,
    connectionsCheckingInterval: limits.checkMs,
    // The h2c offers of Java and curl are not WebSockets: they are ignored, and the request is treated like any other.
    shouldUpgradeCallback: ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket',
  };
  const secure = { ...transport, ...tls, handshakeTimeout: limits.headersMs };
  const app = Fastify({
    ...(tls === undefined ? { http: transport } : { https: secure }),
    requestTimeout: limits.requestMs,
    connectionTimeout: limits.stillMs,
    bodyLimit: BODY_LIMIT,
    routerOptions: { maxParamLength: 512 },
    schemaController: NO_SCHEMAS,
    // Streamers are ended first; a browser that keeps its connection open is not waited for.
    forceCloseConnections: true,
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => answerClientError(error, socket, headers),
    frameworkErrors: (error, request, reply) => {
      // No hook runs for these, and nothing else ends a socket that asked for an upgrade.
      reply.headers(headers);
      reply.raw.once('finish', () => request.raw.socket.destroySoon());
      handleError(error, request, reply);
    },
  } as FastifyServerOptions);
  const connections = new ConnectionLimiter({
    max: options.maxConnections,
    proxies: options.proxies,
    security: options.security,
  });
  connections.watch(app.server);
  if (tlsFiles !== undefined && tls !== undefined) {
    const server = app.server as unknown as HttpsServer;
    const stopReloading = reloadTls(server, tlsFiles, tls, { log, pollMs: options.tlsPollMs });
    app.addHook('onClose', async () => stopReloading());
  }
  app.decorateRequest('errorCode', null);
  app.setErrorHandler(handleError);
  app.setNotFoundHandler(() => {
    throw new MoonshareError('NOT_FOUND');
  });
  parseJson(app);

  const upgrades = new Upgrades();
  upgrades.watch(app);
  await app.register(fastifyWebsocket, {
    options: { maxPayload: MAX_SIGNAL_BYTES, maxFragments: MAX_FRAGMENTS },
    errorHandler: (error, socket) => {
      log.debug({ err: error }, 'peer socket failed');
      socket.terminate();
    },
  });
  app.addHook('onClose', async () => options.legacyConnections.close());
  connections.hooks(app, (request) => authenticator.address(request));
  // After the WebSocket plugin, whose own hook distinguishes upgrades from requests.
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers);
    authenticator.checkOrigin(request);
    const hold = authenticator.holdMs(request);
    if (hold > 0) await delay(hold);
    // Otherwise the plugin would open a socket that nobody has admitted, only to close it.
    if (request.ws && request.routeOptions.config.takesSockets !== true) throw new MoonshareError('NOT_FOUND');
    if (request.ws) connections.keep(request);
  });
  app.addHook('onResponse', async (request, reply) => {
    // The pattern, not the URL: queries contain tokens.
    const { method, routeOptions } = request;
    log.debug({ method, route: routeOptions.url, status: reply.statusCode, ms: reply.elapsedTime }, 'request');
  });

  await app.register((scope) => routes(scope, options, connections, upgrades), { prefix: options.pathPrefix });
  return app;
}

async function routes(
  app: FastifyInstance,
  options: AppOptions,
  connections: ConnectionLimiter,
  upgrades: Upgrades,
): Promise<void> {
  const { pathPrefix, webDirectory: directory, staticDirectory, allowedOrigins } = options;
  crossOrigin(app, { pathPrefix, allowedOrigins });
  await pageRoutes(app, { directory, staticDirectory, pathPrefix, allowedOrigins });
  const services: ApiServices = {
    ...options,
    readiness: () => ({ ...options.readiness(), listening: app.server.listening }),
    description: new ApiDescription(API_ROUTES, { version: packageJson.version, pathPrefix }),
  };
  // Beside the API that the description describes: it speaks another protocol.
  const all = options.mcp ? [...API_ROUTES, ...mcpRoutes(app, options)] : API_ROUTES;
  registerRoutes(app, all, services, { allowed: (request) => connections.keep(request), upgrades });
}

/** Parses JSON whatever the content type says; an empty body counts as none, since some callers send one with every request. */
function parseJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    if (body.length === 0) return done(null, undefined);
    try {
      done(null, JSON.parse(body.toString()));
    } catch (cause) {
      done(new MoonshareError('BAD_REQUEST', { message: 'Bad request: the body is not JSON', cause }));
    }
  });
}
