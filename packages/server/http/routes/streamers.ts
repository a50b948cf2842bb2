import { type ErrorCode, MoonshareError, type StreamerInfo, streamerIdSchema } from '@moonshare/contract';
import { z } from 'zod';
import { agentOf } from '../../control/agent.ts';
import type { Streamer } from '../../streamers/streamer.ts';
import type { ApiServices } from '../api-services.ts';
import type { Caller } from '../authenticator.ts';
import { route } from '../route.ts';
import { HOST_ERRORS, NO_STREAMER } from './common-errors.ts';

const STREAMER = { id: streamerIdSchema };
const WAIT = {
  wait: z
    .enum(['true', 'false'])
    .default('true')
    .transform((wait) => wait === 'true')
    .describe('false: answer at once; the status shows the outcome. Default: true'),
};
const START_ERRORS: readonly ErrorCode[] = [
  ...HOST_ERRORS,
  'HOST_NOT_PAIRED',
  'HOST_BUSY',
  'HOST_ENCRYPTION_REQUIRED',
  'HOST_ENCRYPTION_UNAVAILABLE',
  'APP_NOT_FOUND',
  'NO_SESSION',
  'RTSP_FAILED',
  'CONTROL_FAILED',
  'CONTROL_LOST',
  'NO_VIDEO',
  'TERMINATED',
  'UDP_PORTS_EXHAUSTED',
  'BIND_ADDRESS_MISSING',
  'UDP_PORT_FORBIDDEN',
  'WEBRTC_STACK_MISSING',
  'STREAMER_LIMIT',
  'STREAMER_DIED',
  'STREAMER_STOPPED',
  'SHUTTING_DOWN',
];

/** Streamers, protocol/4 §2. A streamer's links end with it: the next one of that name is a different one. */
export const STREAMER_ROUTES = [
  route({
    method: 'POST',
    path: '/api/streamers',
    access: 'streamers:write',
    tag: 'Streamers',
    summary: 'Start a streamer; answers when its host session is up. Unknown fields are ignored',
    query: WAIT,
    body: 'CreateStreamer',
    answer: { status: 200, schema: 'StreamerInfo' },
    errors: ['STREAMER_EXISTS', 'STREAMER_ID_TAKEN', ...START_ERRORS],
    handler: ({ services, query: { wait }, body, caller, note }) => {
      note({ streamer: body.streamer_id, host: body.host_id, app: body.app_id });
      return describeMade(services, caller, 'POST', body.streamer_id, (by) =>
        services.streamers.create(body, { ...by, wait, desired: services.keepStreamers }),
      );
    },
  }),
  route({
    method: 'PUT',
    path: '/api/streamers/:id',
    access: 'streamers:write',
    tag: 'Streamers',
    summary: 'Ensure that a streamer exists; it is started again after a restart of the server',
    params: STREAMER,
    query: WAIT,
    body: 'EnsureStreamer',
    answer: { status: 200, schema: 'StreamerInfo' },
    errors: ['STREAMER_DIFFERS', 'STREAMER_ID_TAKEN', ...START_ERRORS],
    handler: ({ services, params: { id }, query: { wait }, body, caller, note }) => {
      note({ host: body.host_id, app: body.app_id });
      if (body.streamer_id !== undefined && body.streamer_id !== id) {
        throw new MoonshareError('BAD_REQUEST', {
          message: 'Bad request: streamer_id differs from the one in the path',
        });
      }
      return describeMade(services, caller, 'PUT', id, (by) =>
        services.streamers.getOrCreate({ ...body, streamer_id: id }, { ...by, wait }),
      );
    },
  }),
  route({
    method: 'GET',
    path: '/api/streamers',
    access: 'streamers:read',
    tag: 'Streamers',
    summary:
      'All streamers that the caller may see; here and everywhere, those of others are treated as if they did not exist',
    answer: { status: 200, schema: 'StreamerList' },
    handler: ({ services: { streamerAuthorizer }, caller }) => ({ streamers: streamerAuthorizer.list(caller) }),
  }),
  route({
    method: 'GET',
    path: '/api/streamers/:id',
    access: 'streamers:read',
    tag: 'Streamers',
    summary: 'One streamer, with the statistics of its process and of each viewer',
    params: STREAMER,
    answer: { status: 200, schema: 'StreamerDetail' },
    errors: NO_STREAMER,
    handler: ({ services: { streamerAuthorizer }, params: { id }, caller }) => streamerAuthorizer.detail(caller, id),
  }),
  route({
    method: 'PATCH',
    path: '/api/streamers/:id',
    access: 'streamers:write',
    tag: 'Streamers',
    summary: 'Change the bitrate of a running streamer, on hosts that can do that; most cannot',
    params: STREAMER,
    body: 'ChangeStreamer',
    answer: { status: 200, schema: 'StreamerInfo' },
    errors: [...NO_STREAMER, 'STREAMER_NOT_ACTIVE', 'HOST_CANNOT', 'HOST_NOT_PAIRED', ...HOST_ERRORS],
    handler: async ({
      services: { streamers, streamerAuthorizer },
      params: { id },
      body: { bitrate },
      caller,
      note,
    }) => {
      note({ bitrate });
      const streamer = streamerAuthorizer.managed(caller, id);
      await streamers.changeBitrate(streamer, bitrate);
      return streamerAuthorizer.describe(caller, streamer);
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/streamers/:id',
    access: 'streamers:write',
    tag: 'Streamers',
    summary: 'End a streamer: its viewers, its host session, its process',
    params: STREAMER,
    answer: { status: 204 },
    errors: NO_STREAMER,
    handler: async ({ services: { accounts, streamers, streamerAuthorizer }, params: { id }, caller }) => {
      streamerAuthorizer.checkManaged(caller, id);
      const ended = streamers.delete(id);
      const areStored = [accounts.links.removeAll(id), accounts.shares.removeAll(id), await ended];
      if (areStored.includes(false)) throw endedButNotStored();
    },
  }),
  route({
    method: 'POST',
    path: '/api/streamers/:id/input',
    access: 'streamers:write',
    tag: 'Streamers',
    summary:
      'Type and point with nobody watching. Whatever is held down is released 10 s after the last request, or on request',
    audit: 'summed',
    params: STREAMER,
    body: 'Input',
    answer: { status: 200, schema: 'InputAnswer' },
    errors: [...NO_STREAMER, 'STREAMER_NOT_ACTIVE', 'CONTROL_TAKEN', 'RATE_LIMITED'],
    handler: ({ services: { streamerAuthorizer }, params: { id }, body: { participant, ...input }, caller }) =>
      streamerAuthorizer.taken(caller, id, 'full').input(agentOf(caller, id, participant), input),
  }),
];

/** Makes a streamer, and describes it to the caller. */
async function describeMade(
  { streamerAuthorizer }: ApiServices,
  caller: Caller,
  method: 'POST' | 'PUT',
  id: string,
  make: (by: { ownerId: number | null; admit: () => void }) => Promise<Streamer>,
): Promise<StreamerInfo> {
  const admit = () => streamerAuthorizer.admit(caller, method, id);
  return streamerAuthorizer.describe(caller, await make({ ownerId: caller.user?.id ?? null, admit }));
}

/** What the caller of a DELETE is told if it could not be stored yet. */
function endedButNotStored(): MoonshareError {
  return new MoonshareError('STORE_UNWRITABLE', {
    message: 'The streamer has ended, but the database cannot be written',
    hint: 'The server keeps trying to store it; if it stops before that, a desired streamer comes back with its links. Check the disk of the data directory.',
  });
}
