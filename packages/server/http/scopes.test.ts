// Every route of the API with tokens of every scope.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_SCOPES } from '../auth/scopes.ts';
import { accountServer, codes, PASSWORD } from '../testing/account-server.ts';
import { API_ROUTES } from './api-routes.ts';

/** Values for the parameters that refer to nothing that could get lost. */
function address(route: string): string {
  return route.replace(':name', 'nobody').replace(/:(id|link)/g, route.startsWith('/api/tokens') ? '99' : 'none');
}

test('without credentials no guarded route answers, and each token can use exactly the routes of its scope', async (context) => {
  const server = await accountServer(context, { MOONSHARE_TRUSTED_PROXIES: '127.0.0.1' });
  const admin = server.page((await server.logIn('a-admin')).cookie);
  let requests = 0;
  const status = async (method: string, route: string, authorization: string) => {
    const leaving = new AbortController();
    requests += 1;
    // One address may not guess as often as there are routes.
    const headers = { authorization, 'x-forwarded-for': `10.0.${requests >> 8}.${requests & 0xff}` };
    const body = method === 'GET' ? {} : { body: '{' };
    const answer = await fetch(server.url + address(route), { method, headers, signal: leaving.signal, ...body });
    // An event stream never ends.
    leaving.abort();
    return answer.status;
  };
  const guarded = API_ROUTES.filter(({ access }) => access !== 'public');
  assert.ok(guarded.length > 25);
  for (const { method, path } of guarded) {
    for (const authorization of ['', 'Bearer wrong', 'Basic YTpi']) {
      assert.equal(await status(method, path, authorization), 401, `${method} ${path}`);
    }
  }
  for (const scope of ALL_SCOPES) {
    const made = await server.as(admin, 'POST', '/api/tokens', { name: scope, scopes: [scope] });
    for (const { method, path, access } of guarded) {
      const may = access === 'authenticated' || scope === 'admin' || scope === access;
      const seen = await status(method, path, `Bearer ${made.body.token}`);
      assert.equal(seen === 403, !may, `${method} ${path} with ${scope}: ${seen}`);
      assert.notEqual(seen, 401);
    }
  }
});

test('each route requires the documented scope', () => {
  const access = Object.fromEntries(API_ROUTES.map((route) => [`${route.method} ${route.path}`, route.access]));
  for (const [route, expected] of [
    ['GET /api/streamers', 'streamers:read'],
    ['GET /api/streamers/:id', 'streamers:read'],
    ['GET /api/events', 'streamers:read'],
    ['POST /api/streamers', 'streamers:write'],
    ['PUT /api/streamers/:id', 'streamers:write'],
    ['PATCH /api/streamers/:id', 'streamers:write'],
    ['POST /api/streamers/:id/input', 'streamers:write'],
    ['GET /api/streamers/:id/links', 'streamers:write'],
    ['GET /api/streamers/:id/shares', 'streamers:write'],
    ['DELETE /api/streamers/:id/links/:link', 'streamers:write'],
    ['GET /api/hosts', 'hosts:read'],
    ['GET /api/host', 'hosts:read'],
    ['GET /api/apps', 'hosts:read'],
    ['GET /api/app/image', 'hosts:read'],
    ['PUT /api/host', 'hosts:write'],
    ['POST /api/pair', 'hosts:write'],
    ['POST /api/host/wake', 'hosts:write'],
    ['GET /api/users', 'admin'],
    ['POST /api/backup', 'admin'],
    ['GET /metrics', 'streamers:read'],
    ['GET /api/me', 'authenticated'],
    ['POST /api/tokens', 'authenticated'],
  ] as const) {
    assert.equal(access[route], expected, route);
  }
});

test('only the routes that have to be public are public', () => {
  const open = API_ROUTES.filter(({ access }) => access === 'public').map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(open.toSorted(), [
    'GET /api/docs',
    'GET /api/host/stream',
    'GET /api/openapi.json',
    'GET /api/streamers/:id/media',
    'GET /api/streamers/:id/peer',
    'GET /healthz',
    'GET /readyz',
    'POST /api/login',
    'POST /api/streamers/:id/token',
    'POST /api/vouchers/redeem',
  ]);
});

test('a token of a demoted user can do correspondingly less', async (context) => {
  const server = await accountServer(context);
  await server.call('POST', '/api/users', { name: 'b-admin', password: PASSWORD, role: 'admin' });
  const admin = server.page((await server.logIn('a-admin')).cookie);
  const made = await server.as(admin, 'POST', '/api/tokens', { name: 'ci', scopes: ['admin', 'streamers:read'] });
  const token = { authorization: `Bearer ${made.body.token}` };
  assert.equal((await server.as(token, 'GET', '/api/users')).status, 200);
  await server.call('PATCH', '/api/users/a-admin', { role: 'viewer' });
  assert.deepEqual(codes(await server.as(token, 'GET', '/api/users')), [[403, 'FORBIDDEN']]);
  assert.deepEqual((await server.as(token, 'GET', '/api/me')).body.scopes, ['streamers:read']);
});

test('a cookie is accepted only from our own pages', async (context) => {
  const server = await accountServer(context);
  const { cookie } = await server.logIn('a-admin');
  const me = async (headers: Record<string, string>) =>
    (await server.as({ cookie, ...headers }, 'GET', '/api/me')).status;
  assert.equal(await me({}), 200);
  for (const site of ['same-origin', 'none']) assert.equal(await me({ 'sec-fetch-site': site }), 200, site);
  for (const site of ['cross-site', 'same-site']) assert.equal(await me({ 'sec-fetch-site': site }), 401, site);
  assert.equal(await me({ origin: 'https://evil.example' }), 401);
  // On changes, browsers name the page in Origin.
  assert.equal((await server.as({ cookie }, 'POST', '/api/tokens', {})).status, 401);
});
