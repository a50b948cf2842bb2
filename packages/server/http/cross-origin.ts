import type { FastifyInstance, FastifyRequest } from 'fastify';

const TOKEN = '/api/streamers/:id/token';
/** What a page of another origin sends; it sends no cookies. */
const PREFLIGHT = {
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'authorization, content-type',
  'access-control-max-age': '600',
};

/**
 * CORS for the one request of a viewer that needs it, its token, and for the origins that the operator allows. Sockets need none: they are
 * refused by their Origin. `/healthz` may be asked by anybody, so that a page can tell a server that refuses it from one that is down.
 */
export function crossOrigin(app: FastifyInstance, options: { pathPrefix: string; allowedOrigins: readonly string[] }) {
  const allowed = new Set(options.allowedOrigins.map((origin) => new URL(origin).origin));
  const isAllowed = ({ headers: { origin } }: FastifyRequest) => origin !== undefined && allowed.has(origin);
  app.addHook('onRequest', async (request, reply) => {
    const path = request.routeOptions.url;
    if (path === `${options.pathPrefix}/healthz`) reply.header('cross-origin-resource-policy', 'cross-origin');
    if (path !== `${options.pathPrefix}${TOKEN}`) return;
    reply.header('vary', 'origin');
    if (isAllowed(request)) reply.header('access-control-allow-origin', request.headers.origin);
  });
  app.options(TOKEN, async (request, reply) => {
    if (isAllowed(request)) reply.headers(PREFLIGHT);
    return reply.code(204).send();
  });
}
