import {
  createStreamerSchema,
  ensureStreamerSchema,
  inputRequestSchema,
  MoonshareError,
  type PeerToken,
  peerTokenRequestSchema,
  type StreamerInfo,
  streamerIdSchema,
} from '@moonshare/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { JoinLinks, Shares } from '../../accounts/index.ts';
import type { PeerConnectionHandler } from '../../peers/index.ts';
import type { SecurityLog } from '../../security/index.ts';
import type { Streamer, StreamerRegistry } from '../../streamers/index.ts';
import type { Authenticator } from '../authenticator.ts';
import { parse } from '../errors.ts';
import type { StreamerAuthorizer } from '../streamer-authorizer.ts';
import type { AdmittedViewer, ViewerAdmission } from '../viewer-admission.ts';
import { flagQuery } from './query.ts';

const createQuery = z.object({
  wait: z
    .enum(['true', 'false'])
    .default('true')
    .transform((wait) => wait === 'true'),
});
const peerQuery = z.object({
  token: z.string().max(4096).optional(),
  events: flagQuery,
  resume: z.string().max(256).optional(),
});

/** Streamers, protocol/4 §2. The links of one end with it: the next of that name is another. */
export function streamerRoutes(
  app: FastifyInstance,
  streamers: StreamerRegistry,
  o: {
    keepStreamers: boolean;
    links: JoinLinks;
    shares: Shares;
    authenticator: Authenticator;
    streamerAuthorizer: StreamerAuthorizer;
    security: SecurityLog;
  },
): void {
  const { streamerAuthorizer } = o;

  /** Makes one, and describes it to whoever asked for it. */
  const made = async (
    request: FastifyRequest,
    id: string,
    make: (by: { ownerId: number | null; admit: () => void }) => Promise<Streamer>,
  ): Promise<StreamerInfo> => {
    const caller = streamerAuthorizer.caller(request);
    const by = { ownerId: caller.user?.id ?? null, admit: () => streamerAuthorizer.admit(caller, request, id) };
    return streamerAuthorizer.describe(caller, await make(by));
  };

  app.post('/api/streamers', async (request) => {
    const { wait } = parse(createQuery, request.query);
    const body = parse(createStreamerSchema, request.body);
    return made(request, body.streamer_id, (by) => streamers.create(body, { ...by, wait, keep: o.keepStreamers }));
  });

  app.put('/api/streamers/:id', async (request) => {
    const { wait } = parse(createQuery, request.query);
    const streamer_id = streamerId(request);
    const body = parse(ensureStreamerSchema, request.body);
    if (body.streamer_id !== undefined && body.streamer_id !== streamer_id) {
      throw new MoonshareError('BAD_REQUEST', { message: 'Bad request: streamer_id is another one than in the path' });
    }
    return made(request, streamer_id, (by) => streamers.ensure({ ...body, streamer_id }, { ...by, wait }));
  });

  app.get('/api/streamers', async (request) => ({ streamers: streamerAuthorizer.list(request) }));

  app.get('/api/streamers/:id', (request) => streamerAuthorizer.detail(request, streamerId(request)));

  app.post('/api/streamers/:id/input', async (request) => {
    const streamer = streamerAuthorizer.taken(request, streamerId(request), 'full');
    return streamer.input(parse(inputRequestSchema, request.body));
  });

  app.delete('/api/streamers/:id/peers/:peer', async (request, reply) => {
    const { peer } = parse(z.object({ peer: z.string().max(64) }), request.params);
    const streamer = streamerAuthorizer.managed(request, streamerId(request));
    const by = streamerAuthorizer.caller(request).user?.name ?? null;
    streamer.kick(peer);
    const kicked = { event: 'viewer.kicked', viewer: peer, streamer: streamer.id, by } as const;
    o.security.record(o.authenticator.address(request), kicked);
    return reply.code(204).send();
  });

  app.delete('/api/streamers/:id', async (request, reply) => {
    const id = streamerId(request);
    streamerAuthorizer.checkManaged(request, id);
    const ended = streamers.delete(id);
    const areStored = [o.links.removeAll(id), o.shares.removeAll(id), await ended];
    if (areStored.includes(false)) throw endedButNotStored();
    return reply.code(204).send();
  });
}

/** What the caller of a DELETE is told that the database has not taken yet. */
function endedButNotStored(): MoonshareError {
  return new MoonshareError('STORE_UNWRITABLE', {
    message: 'The streamer has ended, but the database cannot be written',
    hint: 'It is tried again until it is stored; should the server end before that, a wanted streamer and its links would be back. Check the disk of the data directory.',
  });
}

/** How browsers get to a streamer: a token for the query, then the WebSocket of protocol/4 §4. */
export function peerRoutes(
  app: FastifyInstance,
  o: {
    streamers: StreamerRegistry;
    admission: ViewerAdmission;
    authenticator: Authenticator;
    peerConnections: PeerConnectionHandler;
  },
): void {
  app.post('/api/streamers/:id/token', async (request, reply): Promise<PeerToken> => {
    const id = streamerId(request);
    const { role, pin } = parse(peerTokenRequestSchema, request.body) ?? {};
    reply.header('cache-control', 'no-store');
    return o.admission.token(request, { streamerId: id, role, pin });
  });

  const admitted = new WeakMap<FastifyRequest, Parameters<PeerConnectionHandler['enter']>[1]>();
  app.route({
    method: 'GET',
    url: '/api/streamers/:id/peer',
    config: { takesSockets: true },
    preValidation: async (request) => {
      const id = streamerId(request);
      const { token, events, resume } = parse(peerQuery, request.query);
      const admittedNow = await o.admission.socket(request, id, token);
      const viewer = admittedNow ?? (resume === undefined ? null : returning(o.streamers, id, resume));
      // A stranger learns what exists after the credentials only.
      if (viewer !== null) o.streamers.get(id);
      admitted.set(request, {
        streamerId: id,
        admitted: viewer,
        from: o.authenticator.source(request),
        wantsEvents: events,
        resume: resume ?? null,
      });
    },
    handler: (_request, reply) => reply.header('upgrade', 'websocket').callNotFound(),
    wsHandler: (socket, request) => o.peerConnections.enter(socket, admitted.get(request)!),
  });
}

/** By what right somebody comes back who brings the ResumeToken alone. Throws UNAUTHORIZED. */
function returning(streamers: StreamerRegistry, id: string, resume: string): AdmittedViewer {
  const right = streamers.find(id)?.rightOf(resume);
  if (!right) throw new MoonshareError('UNAUTHORIZED');
  return { role: right.role, grants: [...right.grants] };
}

function streamerId(request: FastifyRequest): string {
  return parse(z.object({ id: streamerIdSchema }), request.params).id;
}
