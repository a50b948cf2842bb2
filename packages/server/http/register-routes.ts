import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiServices } from './api-services.ts';
import type { Caller } from './authenticator.ts';
import type { Route } from './route.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** It is a WebSocket. */
    takesSockets?: true;
  }
  interface FastifyRequest {
    /** Who asks; null on public routes. */
    caller: Caller | null;
  }
}

/** Makes these routes answer. Who may not call a route learns it before the body is read; `allowed` hears of all others. */
export function registerRoutes(
  app: FastifyInstance,
  routes: readonly Route[],
  services: ApiServices,
  allowed: (request: FastifyRequest) => void,
): void {
  app.decorateRequest('caller', null);
  for (const route of routes) register(app, route, services, allowed);
}

function register(
  app: FastifyInstance,
  { method, path, access, head, handle, socket }: Route,
  services: ApiServices,
  allowed: (request: FastifyRequest) => void,
): void {
  const { accounts, authenticator } = services;
  const guard = async (request: FastifyRequest, reply: FastifyReply) => {
    if (access === 'public') return;
    const { grants } = authenticator.authenticate(request, access);
    allowed(request);
    // An answer that goes on, as that of events does, ends with the right to it.
    const release = accounts.live.add(grants, () => reply.raw.headersSent && request.raw.socket.destroy());
    reply.raw.once('close', release);
  };
  app.route({
    method,
    url: path,
    onRequest: guard,
    // Once more: the right may have gone while the body was on its way.
    preHandler: async (request) => {
      if (access !== 'public') request.caller = authenticator.authenticate(request, access);
    },
    handler: (request, reply) => handle(request, reply, services),
    ...(head === false ? { exposeHeadRoute: false } : {}),
    ...(socket && {
      config: { takesSockets: true },
      preValidation: (request, reply) => socket.admit(request, reply, services),
      wsHandler: (connection, request) => socket.open(connection, request, services),
    }),
  });
}
