import { createTokenSchema, MoonshareError } from '@moonshare/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Accounts } from '../../accounts/index.ts';
import { covers } from '../../auth/index.ts';
import { type SecurityLog, withdrawing } from '../../security/index.ts';
import type { Authenticator, Caller } from '../authenticator.ts';
import { parse } from '../errors.ts';
import { u32Query } from './query.ts';

/** API tokens: everybody has their own; admins see and revoke all. None can do more than whoever made it. */
export function tokenRoutes(
  app: FastifyInstance,
  o: { accounts: Accounts; authenticator: Authenticator; security: SecurityLog },
): void {
  const { authenticator, security } = o;
  const { tokens } = o.accounts;

  app.get('/api/tokens', async (request) => ({
    tokens: tokens.list(onlyOf(o.authenticator.checkScope(request, null))),
  }));

  app.post('/api/tokens', async (request, reply) => {
    const caller = o.authenticator.checkScope(request, null);
    const { name, scopes, expires_in } = parse(createTokenSchema, request.body);
    // Else a token that ends could make one that does not.
    if (caller.by === 'token' && !covers(caller.scopes, 'admin')) {
      throw new MoonshareError('FORBIDDEN', { message: 'A token without the scope admin makes no other tokens' });
    }
    const beyond = scopes.filter((scope) => !covers(caller.scopes, scope));
    if (beyond.length > 0) {
      throw new MoonshareError('FORBIDDEN', { message: `You cannot give what you do not have: ${beyond.join(', ')}` });
    }
    const token = tokens.create({
      name,
      scopes,
      expiresInSeconds: expires_in,
      user: caller.user,
      madeWith: caller.token,
    });
    const by = caller.user?.name ?? null;
    security.record(authenticator.address(request), {
      event: 'token.created',
      token: token.id,
      scopes: token.scopes,
      by,
    });
    return reply.code(201).header('cache-control', 'no-store').send(token);
  });

  app.delete('/api/tokens/:id', async (request, reply) => {
    const caller = o.authenticator.checkScope(request, null);
    const { id } = parse(z.object({ id: u32Query }), request.params);
    const by = caller.user?.name ?? null;
    await withdrawing(
      () => tokens.remove(id, onlyOf(caller)),
      () => security.record(authenticator.address(request), { event: 'token.revoked', token: id, by }),
    );
    return reply.code(204).send();
  });
}

/** Whose tokens the caller has to do with; undefined: all. Throws FORBIDDEN. */
function onlyOf({ user, scopes }: Caller) {
  if (covers(scopes, 'admin')) return undefined;
  if (user === null) throw new MoonshareError('FORBIDDEN', { message: 'This needs the scope admin' });
  return user;
}
