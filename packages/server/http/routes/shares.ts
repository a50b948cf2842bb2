import { MoonshareError, shareStreamerSchema, streamerIdSchema, userNameSchema } from '@moonshare/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Accounts, User } from '../../accounts/index.ts';
import { parse } from '../errors.ts';
import type { StreamerAuthorizer } from '../streamer-authorizer.ts';

const params = z.object({ id: streamerIdSchema, name: userNameSchema });

/** With which users a streamer is shared, and in which role. For its owner and admins. */
export function shareRoutes(
  app: FastifyInstance,
  o: { accounts: Accounts; streamerAuthorizer: StreamerAuthorizer },
): void {
  const { shares, users } = o.accounts;

  app.get('/api/streamers/:id/shares', async (request) => {
    const { id } = parse(params.pick({ id: true }), request.params);
    return { shares: shares.list(o.streamerAuthorizer.managed(request, id).id) };
  });

  app.put('/api/streamers/:id/shares/:name', async (request) => {
    const { id, name } = parse(params, request.params);
    const { ownerId } = o.streamerAuthorizer.managed(request, id);
    const { role } = parse(shareStreamerSchema, request.body);
    const user = known(name);
    if (user.id === ownerId) {
      throw new MoonshareError('BAD_REQUEST', { message: `Bad request: ${user.name} is the owner` });
    }
    const { user: grantor, token } = o.streamerAuthorizer.caller(request);
    return shares.put({ streamerId: id, ownerId, user, role, grantor: { user: grantor, token } });
  });

  app.delete('/api/streamers/:id/shares/:name', async (request, reply) => {
    const { id, name } = parse(params, request.params);
    o.streamerAuthorizer.checkManaged(request, id);
    const user = users.byName(name);
    if (user === null) throw new MoonshareError('SHARE_NOT_FOUND');
    shares.remove(id, user.id);
    return reply.code(204).send();
  });

  /** Throws USER_NOT_FOUND. */
  function known(name: string): User {
    const user = users.byName(name);
    if (user === null)
      throw new MoonshareError('USER_NOT_FOUND', { hint: 'Ask the person for the name of the account.' });
    return user;
  }
}
