import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
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
  }
}

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
  for (const route of routes) register(app, route, services, surroundings);
}

function register(
  app: FastifyInstance,
  { method, path, access, head, bodyLimit, handle, socket, upgrade }: Route,
  services: ApiServices,
  { allowed, upgrades }: Surroundings,
): void {
  const { accounts, authenticator } = services;
  const guard = async (request: FastifyRequest, reply: FastifyReply) => {
    if (access === 'public') return;
    const { grants } = authenticator.authenticate(request, access);
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
