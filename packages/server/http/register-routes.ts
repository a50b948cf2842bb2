import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Detail } from '../audit/records.ts';
import { actorOf } from '../auth/actor.ts';
import type { ApiServices } from './api-services.ts';
import type { Caller } from './authenticator.ts';
import type { Route } from './route.ts';
import type { Upgrades } from './upgrades.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route accepts WebSockets. */
    takesSockets?: true;
  }
  interface FastifyRequest {
    /** The authenticated caller; null on public routes. */
    caller: Caller | null;
    /** What its route says about it to the audit trail; `recorded`: the security log says it all. null: nothing. */
    audited: Readonly<Record<string, Detail>> | 'recorded' | null;
    /** The code of the error that it is answered. */
    errorCode: string | null;
  }
}

/** The longest name and ID that there is. */
const MAX_PARAMETER = 64;

interface Surroundings {
  /** Called for every caller that has access. */
  allowed: (request: FastifyRequest) => void;
  upgrades: Upgrades;
}

/** Registers these routes. Callers without access are refused before the body is read. */
export function registerRoutes(
  app: FastifyInstance,
  routes: readonly Route[],
  services: ApiServices,
  surroundings: Surroundings,
): void {
  app.decorateRequest('caller', null);
  app.decorateRequest('audited', null);
  for (const route of routes) register(app, route, services, surroundings);
}

function register(
  app: FastifyInstance,
  route: Route,
  services: ApiServices,
  { allowed, upgrades }: Surroundings,
): void {
  const { method, path, access, head, bodyLimit, handle, socket, upgrade } = route;
  const { accounts, authenticator } = services;
  const guard = async (request: FastifyRequest, reply: FastifyReply) => {
    if (access === 'public') return;
    // Also of a request that is refused now.
    request.caller = authenticator.caller(request);
    const { grants } = authenticator.check(request.caller, access);
    allowed(request);
    // A continuing answer, like that of events, ends with the right to it.
    const release = accounts.live.add(grants, () => reply.raw.headersSent && request.raw.socket.destroy());
    reply.raw.once('close', release);
  };
  app.route({
    method,
    url: path,
    onRequest: guard,
    // Once more: the right may have been revoked while the body was arriving.
    preHandler: async (request) => {
      if (access !== 'public') request.caller = authenticator.authenticate(request, access);
    },
    handler: (request, reply) => handle(request, reply, services),
    ...auditing(route, services),
    ...(head === false ? { exposeHeadRoute: false } : {}),
    ...(bodyLimit !== undefined && { bodyLimit }),
    ...(socket && {
      config: { takesSockets: true },
      preValidation: (request, reply) => socket.admit(request, reply, services),
      wsHandler: (connection, request) => socket.open(connection, request, services),
    }),
    ...(upgrade && {
      config: { takesSockets: true },
      preValidation: async (request, reply) => {
        if (!request.ws) return;
        await upgrade(request, reply, services, upgrades.of(request));
        // The connection is no longer ours to answer on, and the WebSocket plugin must not see it.
        reply.hijack();
      },
    }),
  });
}

/** Requests of known callers that change something are in the audit trail, with their outcome; what is asked of strangers is not. */
function auditing({ method, path, audit }: Route, { audit: trail, authenticator }: ApiServices) {
  if (trail === null || (method === 'GET' && audit === undefined)) return {};
  return {
    onResponse: async (request: FastifyRequest, reply: FastifyReply) => {
      const { caller, audited, errorCode: code } = request;
      if (caller === null || audited === 'recorded') return;
      trail.request({
        method,
        route: path,
        params: shortened(request.params as Record<string, string>),
        details: audited ?? {},
        status: reply.statusCode,
        code,
        by: actorOf(caller),
        address: authenticator.address(request),
        isFrequent: audit === 'summed',
      });
    },
  };
}

/** What a refused caller has written into the path is no ID, and can be anything. */
function shortened(params: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, value.length > MAX_PARAMETER ? '(too long)' : value]),
  );
}
