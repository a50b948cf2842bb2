import {
  createStreamerSchema,
  ensureStreamerSchema,
  inputRequestSchema,
  MoonshareError,
  type PeerToken,
  peerTokenRequestSchema,
  streamerIdSchema,
} from '@moonshare/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Tokens } from '../../auth/index.ts';
import type { PeerDoor } from '../../peers/index.ts';
import type { StreamerRegistry } from '../../streamers/index.ts';
import { parse } from '../errors.ts';
import type { Gate } from '../gate.ts';
import { flagQuery } from './query.ts';

const createQuery = z.object({
  wait: z
    .enum(['true', 'false'])
    .default('true')
    .transform((wait) => wait === 'true'),
});
const peerQuery = z.object({ token: z.string().max(4096).optional(), events: flagQuery });

/** Streamers, protocol/4 §2. All behind the shared credentials. */
export function streamerRoutes(
  app: FastifyInstance,
  streamers: StreamerRegistry,
  options: { keepStreamers: boolean },
): void {
  app.post('/api/streamers', async (request) => {
    const { wait } = parse(createQuery, request.query);
    return streamers.create(parse(createStreamerSchema, request.body), { wait, keep: options.keepStreamers });
  });

  app.put('/api/streamers/:id', async (request) => {
    const { wait } = parse(createQuery, request.query);
    const streamer_id = streamerId(request);
    const body = parse(ensureStreamerSchema, request.body);
    if (body.streamer_id !== undefined && body.streamer_id !== streamer_id) {
      throw new MoonshareError('BAD_REQUEST', { message: 'Bad request: streamer_id is another one than in the path' });
    }
    return streamers.ensure({ ...body, streamer_id }, { wait });
  });

  app.get('/api/streamers', async () => ({ streamers: streamers.list() }));

  app.get('/api/streamers/:id', async (request) => streamers.get(streamerId(request)).detail());

  app.post('/api/streamers/:id/input', async (request) => {
    const streamer = streamers.get(streamerId(request));
    return streamer.input(parse(inputRequestSchema, request.body));
  });

  app.delete('/api/streamers/:id', async (request, reply) => {
    await streamers.delete(streamerId(request));
    return reply.code(204).send();
  });
}

/** How browsers get to a streamer: a token for the query, then the WebSocket of protocol/4 §4. */
export function peerRoutes(
  app: FastifyInstance,
  o: { streamers: StreamerRegistry; gate: Gate; tokens: Tokens; door: PeerDoor },
): void {
  app.post('/api/streamers/:id/token', async (request, reply): Promise<PeerToken> => {
    const id = streamerId(request);
    const role = await o.gate.tokenRole(request, id, parse(peerTokenRequestSchema, request.body)?.role);
    o.streamers.get(id);
    const { token, expiresAt } = await o.tokens.issue('socket', { streamerId: id, role });
    reply.header('cache-control', 'no-store');
    return { token, expires_at: expiresAt.toISOString(), role };
  });

  const admitted = new WeakMap<FastifyRequest, Parameters<PeerDoor['enter']>[1]>();
  app.route({
    method: 'GET',
    url: '/api/streamers/:id/peer',
    preValidation: async (request) => {
      const id = streamerId(request);
      const { token, events } = parse(peerQuery, request.query);
      const role = await o.gate.socketRole(request, id, token);
      // A stranger learns what exists after the credentials only.
      if (role !== null) o.streamers.get(id);
      admitted.set(request, { streamerId: id, role, wantsEvents: events });
    },
    handler: (_request, reply) => reply.header('upgrade', 'websocket').callNotFound(),
    wsHandler: (socket, request) => o.door.enter(socket, admitted.get(request)!),
  });
}

function streamerId(request: FastifyRequest): string {
  return parse(z.object({ id: streamerIdSchema }), request.params).id;
}
