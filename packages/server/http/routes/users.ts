import { userNameSchema } from '@moonshare/contract';
import { withdrawing } from '../../security/security-log.ts';
import { route } from '../route.ts';

const USER = { name: userNameSchema };

/** Users and their roles. */
export const USER_ROUTES = [
  route({
    method: 'GET',
    path: '/api/users',
    access: 'admin',
    tag: 'Accounts',
    summary: 'All users',
    answer: { status: 200, schema: 'UserList' },
    handler: ({ services: { accounts } }) => ({ users: accounts.users.list() }),
  }),
  route({
    method: 'POST',
    path: '/api/users',
    access: 'admin',
    tag: 'Accounts',
    summary: 'Create a user',
    body: 'CreateUser',
    answer: { status: 201, schema: 'UserInfo' },
    errors: ['USER_EXISTS', 'RATE_LIMITED'],
    handler: async ({ services: { accounts }, body, caller, record }) => {
      const user = await accounts.users.create(body);
      record({ event: 'user.created', user: user.name, role: user.role, by: caller.user?.name ?? null });
      return user;
    },
  }),
  route({
    method: 'PATCH',
    path: '/api/users/:name',
    access: 'admin',
    tag: 'Accounts',
    summary: 'Change the role or password of a user; their sessions end',
    params: USER,
    body: 'ChangeUser',
    answer: { status: 200, schema: 'UserInfo' },
    errors: ['USER_NOT_FOUND', 'LAST_ADMIN', 'RATE_LIMITED'],
    handler: ({ services, params, body: { role, password }, caller, record }) => {
      const { users } = services.accounts;
      const by = caller.user?.name ?? null;
      // Spelt as in the list; an unknown name is left as it is.
      const user = users.byName(params.name)?.name ?? params.name;
      return withdrawing(
        () => users.change(user, { role, password }),
        () => record({ event: 'user.changed', user, role: role ?? null, password: password !== undefined, by }),
      );
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/users/:name',
    access: 'admin',
    tag: 'Accounts',
    summary: 'Remove a user',
    params: USER,
    answer: { status: 204 },
    errors: ['USER_NOT_FOUND', 'LAST_ADMIN'],
    handler: ({ services, params, caller, record }) => {
      const { users } = services.accounts;
      const by = caller.user?.name ?? null;
      const user = users.byName(params.name)?.name ?? params.name;
      return withdrawing(
        () => users.remove(user),
        () => record({ event: 'user.removed', user, by }),
      );
    },
  }),
];
