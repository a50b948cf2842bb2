import { changePasswordSchema, type LoginAnswer, loginSchema, type Me, MoonshareError } from '@moonshare/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Accounts, User } from '../../accounts/index.ts';
import {
  DEVICE_COOKIE,
  DEVICE_SECONDS,
  type Devices,
  readCookie,
  SESSION_COOKIE,
  serverCookie,
} from '../../auth/index.ts';
import { type SecurityLog, withdrawing } from '../../security/index.ts';
import type { Authenticator } from '../authenticator.ts';
import { parse } from '../errors.ts';
import type { RateLimiters } from '../rate-limiters.ts';

interface Services {
  accounts: Accounts;
  authenticator: Authenticator;
  rateLimiters: RateLimiters;
  devices: Devices;
  security: SecurityLog;
  pathPrefix: string;
}

/** `POST /api/login`: a user's name and password become a cookie. */
export function loginRoute(app: FastifyInstance, services: Services): void {
  app.post('/api/login', async (request, reply): Promise<LoginAnswer> => {
    const { user: name, password } = parse(loginSchema, request.body);
    const known = services.accounts.users.byName(name);
    const cookie = readCookie(request.headers.cookie, DEVICE_COOKIE);
    const device = known === null || cookie === null ? null : services.devices.idOf(known.id, cookie);
    const user = await authenticate(request, services, { name, password, device: device && `device:${device}` });
    return logIn(request, reply, services, user);
  });
}

/** About the caller: who it is, the password, the end of the session. */
export function meRoutes(app: FastifyInstance, services: Services): void {
  const { accounts, authenticator, security } = services;

  app.get('/api/me', async (request): Promise<Me> => {
    const { by, user, scopes } = authenticator.checkScope(request, null);
    const seen = { address: authenticator.address(request), https: authenticator.isSecure(request) };
    return { by, user: user?.name ?? null, role: user?.role ?? null, scopes: [...scopes], seen };
  });

  app.put('/api/me/password', async (request, reply): Promise<LoginAnswer> => {
    const { user, by, session } = authenticator.checkScope(request, null);
    const { old_password, password } = parse(changePasswordSchema, request.body);
    if (user === null || by === 'token') {
      throw new MoonshareError('FORBIDDEN', { message: 'Only a user who is logged in has a password to change' });
    }
    await authenticate(request, services, {
      name: user.name,
      password: old_password,
      device: session?.grant ?? null,
    });
    await withdrawing(
      () => accounts.users.change(user.name, { password }),
      () =>
        security.record(authenticator.address(request), {
          event: 'user.changed',
          user: user.name,
          role: null,
          password: true,
          by: user.name,
        }),
    );
    // All other sessions have ended; this browser goes on with a new one.
    return logIn(request, reply, services, accounts.users.byName(user.name)!);
  });

  app.post('/api/logout', async (request, reply) => {
    const { session } = authenticator.checkScope(request, null);
    if (session !== null) {
      await withdrawing(
        () => accounts.sessions.remove(session),
        () => security.record(authenticator.address(request), { event: 'logout', user: session.user.name }),
      );
    }
    setCookie(request, reply, services, SESSION_COOKIE, { value: '', maxAgeSeconds: 0 });
    return reply.code(204).send();
  });
}

/** Throws LOGIN_FAILED, RATE_LIMITED. */
async function authenticate(
  request: FastifyRequest,
  { accounts, authenticator, rateLimiters, security }: Services,
  { name, password, device }: { name: string; password: string; device: string | null },
): Promise<User> {
  const address = authenticator.address(request);
  const attempt = rateLimiters.logins.begin({ user: name, address: authenticator.addressKey(request), device });
  const user = await accounts.users.authenticate(name, password, attempt.familiar ? 'known' : 'stranger');
  if (user === null) {
    security.record(address, { event: 'login.failed', user: accounts.users.byName(name)?.name ?? null });
    throw new MoonshareError('LOGIN_FAILED');
  }
  attempt.succeed();
  return user;
}

function logIn(request: FastifyRequest, reply: FastifyReply, services: Services, user: User): LoginAnswer {
  const { secret, expiresAt } = services.accounts.sessions.create(user);
  const maxAgeSeconds = Math.floor((expiresAt.getTime() - Date.now()) / 1000);
  setCookie(request, reply, services, SESSION_COOKIE, { value: secret, maxAgeSeconds });
  const device = services.devices.issue(user.id);
  setCookie(request, reply, services, DEVICE_COOKIE, { value: device, maxAgeSeconds: DEVICE_SECONDS });
  const from = services.authenticator.address(request);
  services.security.record(from, { event: 'login', with: 'password', user: user.name });
  return { user: user.name, role: user.role, expires_at: expiresAt.toISOString() };
}

function setCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  { authenticator, pathPrefix }: Services,
  name: string,
  o: { value: string; maxAgeSeconds: number },
): void {
  const { value, maxAgeSeconds } = o;
  const cookie = serverCookie(name, value, {
    path: `${pathPrefix}/`,
    secure: authenticator.isSecure(request),
    maxAgeSeconds,
  });
  reply.header('set-cookie', cookie).header('cache-control', 'no-store');
}
