import { MoonshareError } from '@moonshare/contract';
import { covers } from '../../auth/scopes.ts';
import { withdrawing } from '../../security/security-log.ts';
import type { Caller } from '../authenticator.ts';
import { route } from '../route.ts';
import { u32Query } from './query.ts';

/** API tokens: every user has their own; admins see and revoke all. No token can do more than its creator. */
export const TOKEN_ROUTES = [
  route({
    method: 'GET',
    path: '/api/tokens',
    access: 'authenticated',
    tag: 'Accounts',
    summary: 'API tokens',
    answer: { status: 200, schema: 'TokenList' },
    handler: ({ services: { accounts }, caller }) => ({ tokens: accounts.tokens.list(onlyOf(caller)) }),
  }),
  route({
    method: 'POST',
    path: '/api/tokens',
    access: 'authenticated',
    tag: 'Accounts',
    summary: 'Create an API token. Only this response contains the token itself',
    body: 'CreateToken',
    answer: { status: 201, schema: 'CreatedToken' },
    handler: ({ services: { accounts }, body: { name, scopes, expires_in }, caller, reply, record }) => {
      // Otherwise a token that expires could create one that does not.
      if (caller.by === 'token' && !covers(caller.scopes, 'admin')) {
        throw new MoonshareError('FORBIDDEN', { message: 'Only a token with the scope admin can create other tokens' });
      }
      const beyond = scopes.filter((scope) => !covers(caller.scopes, scope));
      if (beyond.length > 0) {
        throw new MoonshareError('FORBIDDEN', {
          message: `You cannot grant scopes that you do not have: ${beyond.join(', ')}`,
        });
      }
      const { user, token: madeWith } = caller;
      const token = accounts.tokens.create({ name, scopes, expiresInSeconds: expires_in, user, madeWith });
      record({ event: 'token.created', token: token.id, scopes: token.scopes, by: user?.name ?? null });
      reply.header('cache-control', 'no-store');
      return token;
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/tokens/:id',
    access: 'authenticated',
    tag: 'Accounts',
    summary: 'Revoke an API token',
    params: { id: u32Query },
    answer: { status: 204 },
    errors: ['TOKEN_NOT_FOUND'],
    handler: ({ services: { accounts }, params: { id }, caller, record }) =>
      withdrawing(
        () => accounts.tokens.remove(id, onlyOf(caller)),
        () => record({ event: 'token.revoked', token: id, by: caller.user?.name ?? null }),
      ),
  }),
];

/** Whose tokens the caller may see and revoke; undefined: all. Throws FORBIDDEN. */
function onlyOf({ user, scopes }: Caller) {
  if (covers(scopes, 'admin')) return undefined;
  if (user === null) throw new MoonshareError('FORBIDDEN', { message: 'This requires the scope admin' });
  return user;
}
