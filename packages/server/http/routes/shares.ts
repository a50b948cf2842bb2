import { MoonshareError, streamerIdSchema, userNameSchema } from '@moonshare/contract';
import { route } from '../route.ts';
import { NO_STREAMER } from './common-errors.ts';

const SHARE = { id: streamerIdSchema, name: userNameSchema };

/** Which users a streamer is shared with, and in which role. For its owner and admins. */
export const SHARE_ROUTES = [
  route({
    method: 'GET',
    path: '/api/streamers/:id/shares',
    access: 'streamers:write',
    tag: 'Viewers',
    summary: 'The users that a streamer is shared with',
    params: { id: streamerIdSchema },
    answer: { status: 200, schema: 'ShareList' },
    errors: NO_STREAMER,
    handler: ({ services: { accounts, streamerAuthorizer }, params: { id }, caller }) => ({
      shares: accounts.shares.list(streamerAuthorizer.managed(caller, id).id),
    }),
  }),
  route({
    method: 'PUT',
    path: '/api/streamers/:id/shares/:name',
    access: 'streamers:write',
    tag: 'Viewers',
    summary: 'Share a streamer with a user, who can then see it and take part as the role allows',
    params: SHARE,
    body: 'ShareStreamer',
    answer: { status: 200, schema: 'ShareInfo' },
    errors: [...NO_STREAMER, 'USER_NOT_FOUND'],
    handler: ({ services: { accounts, streamerAuthorizer }, params: { id, name }, body: { role }, caller, note }) => {
      note({ role });
      const { ownerId } = streamerAuthorizer.managed(caller, id);
      const user = accounts.users.byName(name);
      if (user === null) {
        throw new MoonshareError('USER_NOT_FOUND', { hint: 'Ask them for the name of their account.' });
      }
      if (user.id === ownerId) {
        throw new MoonshareError('BAD_REQUEST', { message: `Bad request: ${user.name} is the owner` });
      }
      const { user: grantor, token } = caller;
      return accounts.shares.put({ streamerId: id, ownerId, user, role, grantor: { user: grantor, token } });
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/streamers/:id/shares/:name',
    access: 'streamers:write',
    tag: 'Viewers',
    summary: 'Stop sharing a streamer with a user, who is removed',
    params: SHARE,
    answer: { status: 204 },
    errors: [...NO_STREAMER, 'SHARE_NOT_FOUND'],
    handler: ({ services: { accounts, streamerAuthorizer }, params: { id, name }, caller }) => {
      streamerAuthorizer.checkManaged(caller, id);
      const user = accounts.users.byName(name);
      if (user === null) throw new MoonshareError('SHARE_NOT_FOUND');
      accounts.shares.remove(id, user.id);
    },
  }),
];
