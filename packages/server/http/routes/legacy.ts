import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { LegacyConnectionHandler } from '../../legacy/index.ts';
import type { Authenticator } from '../authenticator.ts';

/** The legacy WebSocket, protocol/4 §3: browsers say the credentials in their first message, proxies in the upgrade. */
export function legacyRoute(
  app: FastifyInstance,
  o: { authenticator: Authenticator; legacyConnections: LegacyConnectionHandler },
): void {
  app.addHook('onClose', async () => o.legacyConnections.close());
  const trusted = new WeakSet<FastifyRequest>();
  app.route({
    method: 'GET',
    url: '/api/host/stream',
    config: { takesSockets: true },
    preValidation: async (request) => {
      if (request.headers.authorization === undefined) return;
      o.authenticator.checkCredentials(request);
      trusted.add(request);
    },
    handler: (_request, reply) => reply.header('upgrade', 'websocket').callNotFound(),
    wsHandler: (socket, request) =>
      o.legacyConnections.enter(socket, { trusted: trusted.has(request), from: o.authenticator.source(request) }),
  });
}
