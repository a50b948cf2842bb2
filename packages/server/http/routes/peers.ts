import { cleanName, MoonshareError, streamerIdSchema } from '@moonshare/contract';
import { z } from 'zod';
import { prepareForStreamer } from '../../peers/media-hand-over.ts';
import type { StreamerRegistry } from '../../streamers/registry.ts';
import { parse } from '../errors.ts';
import { route, socketRoute, upgradeRoute } from '../route.ts';
import type { AdmittedViewer } from '../viewer-admission.ts';
import { NO_STREAMER } from './common-errors.ts';
import { flagQuery } from './query.ts';

/** How browsers join a streamer, with a token for the query and then the WebSocket of protocol/4 §4, and how they are removed. */
export const PEER_ROUTES = [
  route({
    method: 'DELETE',
    path: '/api/streamers/:id/peers/:peer',
    access: 'streamers:write',
    tag: 'Viewers',
    summary: 'Remove a viewer. Someone who used a link can come back with it; revoke the link to keep them out',
    params: { id: streamerIdSchema, peer: z.string().max(64) },
    answer: { status: 204 },
    errors: [...NO_STREAMER, 'PEER_NOT_FOUND'],
    handler: ({ services: { streamerAuthorizer }, params: { id, peer }, caller, record }) => {
      const streamer = streamerAuthorizer.managed(caller, id);
      streamer.peers.kick(peer);
      record({ event: 'viewer.kicked', viewer: peer, streamer: streamer.id, by: caller.user?.name ?? null });
    },
  }),
  route({
    method: 'POST',
    path: '/api/streamers/:id/token',
    access: 'public',
    tag: 'Viewers',
    summary: "A token for the viewer's WebSocket, made from credentials, a login or a join link",
    params: { id: streamerIdSchema },
    body: 'PeerTokenRequest',
    answer: { status: 200, schema: 'PeerToken' },
    errors: [
      'UNAUTHORIZED',
      'ACCESS_REVOKED',
      'BROWSER_NOT_VOUCHED',
      'PIN_REQUIRED',
      'PIN_WRONG',
      'LINK_USED_UP',
      ...NO_STREAMER,
      'RATE_LIMITED',
    ],
    handler: ({ services: { admission }, params: { id }, body, request, reply }) => {
      const { role, pin, name } = body ?? {};
      reply.header('cache-control', 'no-store');
      return admission.token(request, { streamerId: id, role, pin, name });
    },
  }),
  socketRoute({
    path: '/api/streamers/:id/peer',
    tag: 'Viewers',
    summary: 'The WebSocket of one viewer',
    params: { id: streamerIdSchema },
    query: {
      token: z.string().max(4096).optional().describe('from POST /api/streamers/{id}/token'),
      events: flagQuery.describe('1: also send the state of the streamer'),
      resume: z.string().max(256).optional(),
      control: flagQuery.describe('1, with events=1: also send who is there and who has the controls'),
      name: z.string().max(256).optional().describe('what the person wants to be called, unless the token says it'),
    },
    errors: ['UNAUTHORIZED', ...NO_STREAMER, 'NOT_FOUND', 'RATE_LIMITED'],
    admit: async ({ services, params: { id }, query: { token, events, resume, control, name }, request }) => {
      const { admission, authenticator, streamers } = services;
      const viewer =
        (await admission.socket(request, id, token)) ??
        (resume === undefined ? null : returning(streamers, id, resume));
      // Strangers learn what exists only after they have authenticated.
      if (viewer !== null) streamers.get(id);
      const from = authenticator.source(request);
      return {
        streamerId: id,
        admitted: viewer,
        from,
        wantsEvents: events,
        knowsControl: control,
        said: name === undefined ? null : cleanName(name),
        resume: resume ?? null,
      };
    },
    open: (socket, admitted, { peerConnections }) => peerConnections.enter(socket, admitted),
  }),
  upgradeRoute({
    path: '/api/streamers/:id/media',
    tag: 'Viewers',
    summary: 'A second WebSocket of a viewer, for picture, sound and input where UDP does not get through',
    params: { id: streamerIdSchema },
    query: { ticket: z.string().max(256).describe('from a MediaTicket on the peer WebSocket; works once, for 10 s') },
    errors: ['UNAUTHORIZED', 'STREAMER_NOT_ACTIVE', 'NOT_FOUND', 'RATE_LIMITED'],
    take: ({ services: { admission, streamers }, params: { id }, query: { ticket }, request }, upgrade) => {
      const handshake = { url: request.raw.url!.split('?')[0]!, headers: parse(handshakeSchema, request.headers) };
      const peer = admission.mediaSocket(request, id, ticket);
      const { peers } = streamers.get(id);
      const head = prepareForStreamer(upgrade.socket, upgrade.head);
      peers.openMediaSocket(peer, handshake, head, upgrade.socket);
    },
  }),
];

/** The headers that a WebSocket handshake needs. */
const header = z.string().max(1024);
const handshakeSchema = z.object({
  connection: header,
  upgrade: header,
  'sec-websocket-key': header,
  'sec-websocket-version': header,
  'sec-websocket-extensions': header.exactOptional(),
  'sec-websocket-protocol': header.exactOptional(),
});

/** The rights of a viewer that comes back with nothing but its ResumeToken. Throws UNAUTHORIZED. */
function returning(streamers: StreamerRegistry, id: string, resume: string): AdmittedViewer {
  const right = streamers.find(id)?.peers.rightOf(resume);
  if (!right) throw new MoonshareError('UNAUTHORIZED');
  return { role: right.grantedRole, grants: [...right.grants], name: null };
}
