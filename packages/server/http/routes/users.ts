import { changeUserSchema, createUserSchema, userNameSchema } from '@moonshare/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Accounts } from '../../accounts/index.ts';
import { type SecurityEvent, type SecurityLog, withdrawing } from '../../security/index.ts';
import type { Authenticator } from '../authenticator.ts';
import { parse } from '../errors.ts';

/** Users and their roles. For admins. */
export function userRoutes(
  app: FastifyInstance,
  {
    accounts: { users },
    authenticator,
    security,
  }: { accounts: Accounts; authenticator: Authenticator; security: SecurityLog },
): void {
  app.get('/api/users', async () => ({ users: users.list() }));

  app.post('/api/users', async (request, reply) => {
    const user = await users.create(parse(createUserSchema, request.body));
    record(request, { event: 'user.created', user: user.name, role: user.role, by: actor(request) });
    return reply.code(201).send(user);
  });

  app.patch('/api/users/:name', async (request) => {
    const by = actor(request);
    const name = knownName(request);
    const { role, password } = parse(changeUserSchema, request.body);
    return withdrawing(
      () => users.change(name, { role, password }),
      () =>
        record(request, {
          event: 'user.changed',
          user: name,
          role: role ?? null,
          password: password !== undefined,
          by,
        }),
    );
  });

  app.delete('/api/users/:name', async (request, reply) => {
    const by = actor(request);
    const name = knownName(request);
    await withdrawing(
      () => users.remove(name),
      () => record(request, { event: 'user.removed', user: name, by }),
    );
    return reply.code(204).send();
  });

  /** Before what it asks for takes its own rights away. */
  function actor(request: FastifyRequest): string | null {
    return authenticator.checkScope(request, 'admin').user?.name ?? null;
  }

  /** As it is written in the list; one that is in none is left as it is. */
  function knownName(request: FastifyRequest): string {
    const name = userName(request);
    return users.byName(name)?.name ?? name;
  }

  function record(request: FastifyRequest, event: SecurityEvent): void {
    security.record(authenticator.address(request), event);
  }
}

function userName(request: FastifyRequest): string {
  return parse(z.object({ name: userNameSchema }), request.params).name;
}
