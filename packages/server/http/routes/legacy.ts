import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { LegacyConnectionHandler } from '../../legacy/index.ts';
import type { Gate } from '../gate.ts';

/** The legacy WebSocket, protocol/4 §3: browsers say the credentials in their first message, proxies in the upgrade. */
export function legacyRoute(app: FastifyInstance, o: { gate: Gate; legacyDoor: LegacyConnectionHandler }): void {
  app.addHook('onClose', async () => o.legacyDoor.close());
  const trusted = new WeakSet<FastifyRequest>();
  app.route({
    method: 'GET',
    url: '/api/host/stream',
    config: { takesSockets: true },
    preValidation: async (request) => {
      if (request.headers.authorization === undefined) return;
      o.gate.checkCredentials(request);
      trusted.add(request);
    },
    handler: (_request, reply) => reply.header('upgrade', 'websocket').callNotFound(),
    wsHandler: (socket, request) =>
      o.legacyDoor.enter(socket, { trusted: trusted.has(request), from: o.gate.whence(request) }),
  });
}
