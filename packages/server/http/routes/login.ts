import { changePasswordSchema, type LoginAnswer, loginSchema, type Me, MoonshareError } from '@moonshare/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Accounts, User } from '../../accounts/index.ts';
import { sessionCookie } from '../../auth/index.ts';
import { type AttemptLimits, begin } from '../attempt-limits.ts';
import { parse } from '../errors.ts';
import type { Gate } from '../gate.ts';

interface Services {
  accounts: Accounts;
  gate: Gate;
  attempts: AttemptLimits;
  pathPrefix: string;
}

/** `POST /api/login`: a user's name and password become a cookie. */
export function loginRoute(app: FastifyInstance, services: Services): void {
  app.post('/api/login', async (request, reply): Promise<LoginAnswer> => {
    const { user: name, password } = parse(loginSchema, request.body);
    const user = await authenticate(request, services, { name, password });
    return logIn(request, reply, services, user);
  });
}

/** About the caller: who it is, the password, the end of the session. */
export function meRoutes(app: FastifyInstance, services: Services): void {
  const { accounts, gate } = services;

  app.get('/api/me', async (request): Promise<Me> => {
    const { by, user, scopes } = gate.checkScope(request, null);
    const seen = { address: gate.address(request), https: gate.isSecure(request) };
    return { by, user: user?.name ?? null, role: user?.role ?? null, scopes: [...scopes], seen };
  });

  app.put('/api/me/password', async (request, reply): Promise<LoginAnswer> => {
    const { user, by } = gate.checkScope(request, null);
    const { old_password, password } = parse(changePasswordSchema, request.body);
    if (user === null || by === 'token') {
      throw new MoonshareError('FORBIDDEN', { message: 'Only a user who is logged in has a password to change' });
    }
    await authenticate(request, services, { name: user.name, password: old_password });
    await accounts.users.change(user.name, { password });
    // All other sessions have ended; this browser goes on with a new one.
    return logIn(request, reply, services, accounts.users.byName(user.name)!);
  });

  app.post('/api/logout', async (request, reply) => {
    const { session } = gate.checkScope(request, null);
    if (session !== null) accounts.sessions.remove(session);
    setCookie(request, reply, services, { value: '', maxAgeSeconds: 0 });
    return reply.code(204).send();
  });
}

/** Throws LOGIN_FAILED, RATE_LIMITED. */
async function authenticate(
  request: FastifyRequest,
  { accounts, gate, attempts }: Services,
  o: { name: string; password: string },
): Promise<User> {
  const succeed = begin(attempts.logins, gate.addressKey(request));
  const user = await accounts.users.authenticate(o.name, o.password);
  if (user === null) throw new MoonshareError('LOGIN_FAILED');
  succeed();
  return user;
}

function logIn(request: FastifyRequest, reply: FastifyReply, services: Services, user: User): LoginAnswer {
  const { secret, expiresAt } = services.accounts.sessions.create(user);
  const maxAgeSeconds = Math.floor((expiresAt.getTime() - Date.now()) / 1000);
  setCookie(request, reply, services, { value: secret, maxAgeSeconds });
  return { user: user.name, role: user.role, expires_at: expiresAt.toISOString() };
}

function setCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  { gate, pathPrefix }: Services,
  o: { value: string; maxAgeSeconds: number },
): void {
  const { value, maxAgeSeconds } = o;
  const cookie = sessionCookie(value, { path: `${pathPrefix}/`, secure: gate.isSecure(request), maxAgeSeconds });
  reply.header('set-cookie', cookie).header('cache-control', 'no-store');
}
