import { type LoginAnswer, MoonshareError } from '@moonshare/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { User } from '../../accounts/users.ts';
import { readCookie, SESSION_COOKIE, serverCookie } from '../../auth/cookies.ts';
import { DEVICE_COOKIE, DEVICE_SECONDS } from '../../auth/devices.ts';
import { withdrawing } from '../../security/security-log.ts';
import type { ApiServices } from '../api-services.ts';
import { route } from '../route.ts';

/** Logging in and out, and what callers can see and change about themselves. */
export const LOGIN_ROUTES = [
  route({
    method: 'GET',
    path: '/api/authenticate',
    access: 'authenticated',
    tag: 'Accounts',
    summary: 'Check the credentials',
    answer: { status: 200 },
    handler: () => {},
  }),
  route({
    method: 'POST',
    path: '/api/login',
    access: 'public',
    tag: 'Accounts',
    summary: 'Log in; the session is a cookie',
    body: 'Login',
    answer: { status: 200, schema: 'LoginAnswer' },
    errors: ['LOGIN_FAILED', 'RATE_LIMITED'],
    handler: async ({ services, body: { user: name, password }, request, reply }) => {
      const known = services.accounts.users.byName(name);
      const cookie = readCookie(request.headers.cookie, DEVICE_COOKIE);
      const device = known === null || cookie === null ? null : services.devices.idOf(known.id, cookie);
      const user = await authenticate(request, services, { name, password, device: device && `device:${device}` });
      return logIn(request, reply, services, user);
    },
  }),
  route({
    method: 'POST',
    path: '/api/logout',
    access: 'authenticated',
    tag: 'Accounts',
    summary: 'End the session',
    answer: { status: 204 },
    handler: async ({ services, caller: { session }, request, reply, record }) => {
      if (session !== null) {
        await withdrawing(
          () => services.accounts.sessions.remove(session),
          () => record({ event: 'logout', user: session.user.name }),
        );
      }
      setCookie(request, reply, services, SESSION_COOKIE, { value: '', maxAgeSeconds: 0 });
    },
  }),
  route({
    method: 'GET',
    path: '/api/me',
    access: 'authenticated',
    tag: 'Accounts',
    summary: 'Who the caller is',
    answer: { status: 200, schema: 'Me' },
    handler: ({ services: { authenticator }, caller: { by, user, scopes }, request }) => ({
      by,
      user: user?.name ?? null,
      role: user?.role ?? null,
      scopes: [...scopes],
      seen: { address: authenticator.address(request), https: authenticator.isSecure(request) },
    }),
  }),
  route({
    method: 'PUT',
    path: '/api/me/password',
    access: 'authenticated',
    tag: 'Accounts',
    summary: 'Change your own password; your other sessions end',
    body: 'ChangePassword',
    answer: { status: 200, schema: 'LoginAnswer' },
    errors: ['LOGIN_FAILED', 'RATE_LIMITED'],
    handler: async ({ services, body, caller: { user, by, session }, request, reply, record }) => {
      const { users } = services.accounts;
      if (user === null || by === 'token') {
        throw new MoonshareError('FORBIDDEN', { message: 'Only a user who is logged in can change a password' });
      }
      const { name } = user;
      await authenticate(request, services, { name, password: body.old_password, device: session?.grant ?? null });
      await withdrawing(
        () => users.change(name, { password: body.password }),
        () => record({ event: 'user.changed', user: name, role: null, password: true, by: name }),
      );
      // All other sessions have ended; this browser gets a new one.
      return logIn(request, reply, services, users.byName(name)!);
    },
  }),
];

/** Throws LOGIN_FAILED, RATE_LIMITED. */
async function authenticate(
  request: FastifyRequest,
  { accounts, authenticator, rateLimiters, security }: ApiServices,
  { name, password, device }: { name: string; password: string; device: string | null },
): Promise<User> {
  const attempt = rateLimiters.logins.begin({ user: name, address: authenticator.addressKey(request), device });
  const user = await accounts.users.authenticate(name, password, attempt.familiar ? 'known' : 'stranger');
  if (user === null) {
    const known = accounts.users.byName(name)?.name ?? null;
    security.record(authenticator.address(request), { event: 'login.failed', user: known });
    throw new MoonshareError('LOGIN_FAILED');
  }
  attempt.succeed();
  return user;
}

function logIn(request: FastifyRequest, reply: FastifyReply, services: ApiServices, user: User): LoginAnswer {
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
  { authenticator, pathPrefix }: ApiServices,
  name: string,
  { value, maxAgeSeconds }: { value: string; maxAgeSeconds: number },
): void {
  const secure = authenticator.isSecure(request);
  const cookie = serverCookie(name, value, { path: `${pathPrefix}/`, secure, maxAgeSeconds });
  reply.header('set-cookie', cookie).header('cache-control', 'no-store');
}
