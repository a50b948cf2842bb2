import { changeUserSchema, createUserSchema, userNameSchema } from '@moonshare/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Accounts } from '../../accounts/index.ts';
import { parse } from '../errors.ts';

/** Users and their roles. For admins. */
export function userRoutes(app: FastifyInstance, { users }: Accounts): void {
  app.get('/api/users', async () => ({ users: users.list() }));

  app.post('/api/users', async (request, reply) => {
    const user = await users.create(parse(createUserSchema, request.body));
    return reply.code(201).send(user);
  });

  app.patch('/api/users/:name', async (request) =>
    users.change(userName(request), parse(changeUserSchema, request.body)),
  );

  app.delete('/api/users/:name', async (request, reply) => {
    users.remove(userName(request));
    return reply.code(204).send();
  });
}

function userName(request: FastifyRequest): string {
  return parse(z.object({ name: userNameSchema }), request.params).name;
}
