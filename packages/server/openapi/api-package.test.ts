// @moonshare/api beside the routes: nothing missing, and each method sends what its route takes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ApiError,
  MoonshareApi,
  type ServerEvent as TypedEvent,
  type StreamerDetail as TypedStreamer,
} from '@moonshare/api';
import type { ServerEvent, StreamerDetail } from '@moonshare/contract';
import { API_ROUTES } from '../http/api-routes.ts';
import { pairedServer } from '../testing/paired-server.ts';
import { CREDENTIALS, startTestServer } from '../testing/test-server.ts';
import { SENT } from './schemas.ts';

type Same<A, B> = [A, B] extends [B, A] ? true : false;
/** That these compile is the test: the generated types are those of the schemas. */
const SAME_TYPES: [Same<TypedStreamer, StreamerDetail>, Same<TypedEvent, ServerEvent>] = [true, true];

/** For people, in a browser. */
const NO_METHOD = new Set(['GET /api/docs']);

/** Arguments that fill in each place of the path with its name, as far as they are strings or numbers. */
const CALLS: Readonly<Record<string, (api: MoonshareApi) => unknown>> = {
  'POST /api/streamers': (api) =>
    api.createStreamer({ streamer_id: 'a', client_unique_id: 'b', host_id: 0, app_id: 1 }),
  'PUT /api/streamers/a': (api) => api.ensureStreamer('a', { client_unique_id: 'b', host_id: 0, app_id: 1 }),
  'GET /api/streamers': (api) => api.listStreamers(),
  'GET /api/streamers/a': (api) => api.streamer('a'),
  'PATCH /api/streamers/a': (api) => api.changeStreamer('a', { bitrate: 1000 }),
  'DELETE /api/streamers/a': (api) => api.endStreamer('a'),
  'POST /api/streamers/a/input': (api) => api.sendInput('a', { events: [{ kind: 'text', text: 'a' }] }),
  'POST /api/streamers/a/actions': (api) => api.act('a', { actions: [{ action: 'type', text: 'a' }] }),
  'GET /api/streamers/a/screenshot': (api) =>
    api.screenshot('a', { quality: 50, max_edge: 100, region: { x: 1, y: 2, width: 3, height: 4 }, max_age_ms: 5 }),
  'POST /api/streamers/a/wait': (api) => api.waitForPicture('a', { until: 'stable' }),
  'DELETE /api/streamers/a/peers/p': (api) => api.removeViewer('a', 'p'),
  'PATCH /api/streamers/a/peers/p': (api) => api.changeViewer('a', 'p', { role: 'watch' }),
  'POST /api/streamers/a/token': (api) => api.createPeerToken('a', { role: 'watch' }),
  'GET /api/streamers/a/participants': (api) => api.listParticipants('a'),
  'GET /api/streamers/a/control': (api) => api.control('a'),
  'PUT /api/streamers/a/control': (api) => api.changeControl('a', { policy: 'union' }),
  'POST /api/streamers/a/control': (api) => api.controlAction('a', { action: 'request' }),
  'GET /api/streamers/a/links': (api) => api.listLinks('a'),
  'POST /api/streamers/a/links': (api) => api.createLink('a', { role: 'watch' }),
  'DELETE /api/streamers/a/links/3': (api) => api.revokeLink('a', 3),
  'POST /api/vouchers': (api) => api.createVoucher(),
  'POST /api/vouchers/redeem': (api) => api.redeemVoucher('v'),
  'GET /api/streamers/a/shares': (api) => api.listShares('a'),
  'PUT /api/streamers/a/shares/anna': (api) => api.share('a', 'anna', { role: 'watch' }),
  'DELETE /api/streamers/a/shares/anna': (api) => api.endShare('a', 'anna'),
  'GET /api/sessions': (api) => api.listLegacySessions(),
  'GET /api/hosts': (api) => api.listHosts(),
  'GET /api/hosts/discovered': (api) => api.discoverHosts(),
  'GET /api/host': (api) => api.host(1, true),
  'PUT /api/host': (api) => api.addHost({ address: 'a' }),
  'DELETE /api/host': (api) => api.removeHost(1),
  'POST /api/host/unpair': (api) => api.unpairHost(1),
  'POST /api/host/wake': (api) => api.wakeHost(1),
  'POST /api/host/cancel': (api) => api.cancelHostApp(1),
  'GET /api/apps': (api) => api.listApps(1, true),
  'GET /api/app/image': (api) => api.appImage(1, 2),
  'POST /api/pair': (api) => api.pair(1).next(),
  'GET /api/pair/1': (api) => api.pairingInfo(1),
  'GET /api/authenticate': (api) => api.authenticate(),
  'POST /api/login': (api) => api.logIn({ user: 'anna', password: 'a' }),
  'POST /api/logout': (api) => api.logOut(),
  'GET /api/me': (api) => api.me(),
  'PUT /api/me/password': (api) => api.changePassword({ old_password: 'a', password: 'bbbbbbbb' }),
  'GET /api/users': (api) => api.listUsers(),
  'POST /api/users': (api) => api.createUser({ name: 'anna', password: 'aaaaaaaa', role: 'user' }),
  'PATCH /api/users/anna': (api) => api.changeUser('anna', { role: 'viewer' }),
  'DELETE /api/users/anna': (api) => api.removeUser('anna'),
  'GET /api/tokens': (api) => api.listTokens(),
  'POST /api/tokens': (api) => api.createToken({ name: 'a', scopes: ['admin'] }),
  'DELETE /api/tokens/3': (api) => api.revokeToken(3),
  'GET /api/webhooks': (api) => api.listWebhooks(),
  'POST /api/webhooks': (api) => api.createWebhook({ url: 'https://a.example', events: ['streamer.ended'] }),
  'DELETE /api/webhooks/3': (api) => api.removeWebhook(3),
  'GET /api/webhooks/3/deliveries': (api) => api.listWebhookDeliveries(3),
  'GET /api/events': (api) => api.events()[Symbol.asyncIterator]().next(),
  'GET /metrics': (api) => api.metrics(),
  'GET /healthz': (api) => api.alive(),
  'GET /readyz': (api) => api.ready(),
  'POST /api/backup': (api) => api.backUp(),
  'GET /api/openapi.json': (api) => api.description(),
};

interface Sent {
  method: string;
  path: string;
  query: Record<string, string>;
  body: unknown;
}

/** What a call sends first. */
async function sentBy(call: (api: MoonshareApi) => unknown): Promise<Sent> {
  const { promise, resolve } = Promise.withResolvers<Sent>();
  const api = new MoonshareApi({
    url: 'http://moonshare.example/',
    retries: 0,
    fetch: async (address, { method, body }) => {
      const { pathname, searchParams } = new URL(address);
      resolve({ method, path: pathname, query: Object.fromEntries(searchParams), body: body && JSON.parse(body) });
      return Response.json({ error: 'no', code: 'BAD_REQUEST', hint: 'no' }, { status: 400 });
    },
  });
  await assert.rejects(async () => call(api), ApiError);
  return promise;
}

test('the client has a method for each route, which sends what the route takes', async () => {
  assert.ok(SAME_TYPES.every(Boolean));
  const left = new Map(
    API_ROUTES.filter(({ answer }) => answer.status !== 101).map((route) => [`${route.method} ${route.path}`, route]),
  );
  for (const name of NO_METHOD) assert.ok(left.delete(name), `${name} is not a route`);
  for (const [expected, call] of Object.entries(CALLS)) {
    const { method, path, query, body } = await sentBy(call);
    assert.equal(`${method} ${path}`, expected);
    const matches = [...left.values()].filter(
      (route) => route.method === method && new RegExp(`^${route.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(path),
    );
    const route = matches.find((one) => one.path === path) ?? matches[0];
    assert.ok(route !== undefined, `${expected} is no route, or has two methods`);
    left.delete(`${method} ${route.path}`);
    const fields = route.query ?? {};
    for (const name of Object.keys(query)) assert.ok(name in fields, `${expected} has no query ${name}`);
    for (const [name, field] of Object.entries(fields))
      assert.equal(field.safeParse(query[name]).error, undefined, `${expected}: ${name}`);
    assert.equal(route.body === undefined, body === undefined, `${expected}: the body`);
    if (route.body !== undefined)
      assert.equal(SENT[route.body].safeParse(body).error, undefined, `${expected}: the body`);
  }
  assert.deepEqual([...left.keys()], [], 'these have no method');
});

test('a streamer from its start to its end, with its events', async (context) => {
  const server = await pairedServer(context);
  const api = new MoonshareApi({ url: server.url, token: CREDENTIALS });
  const { promise: opened, resolve: onOpen } = Promise.withResolvers<void>();
  const types: string[] = [];
  const following = (async () => {
    for await (const event of api.events({ onOpen })) {
      types.push(event.type);
      if (event.type === 'streamer.ended') return event.streamer_id;
    }
    return null;
  })();
  await opened;
  const { app_id } = (await api.listApps(0)).apps[0]!;
  const started = await api.createStreamer({ streamer_id: 'a', client_unique_id: 'x', host_id: 0, app_id });
  assert.equal(started.status, 'active');
  assert.deepEqual((await api.listStreamers()).streamers, [started]);
  const { url } = await api.createLink('a', { role: 'watch' });
  assert.match(url, /\/s\/a#token=/);
  const taken = await api
    .createStreamer({ streamer_id: 'a', client_unique_id: 'x', host_id: 0, app_id })
    .catch((e) => e);
  assert.ok(taken instanceof ApiError);
  assert.deepEqual([taken.code, taken.status, taken.retryAfterMs], ['STREAMER_EXISTS', 409, null]);
  assert.equal(await api.endStreamer('a'), undefined);
  assert.equal(await following, 'a');
  assert.equal(types[0], 'streamer.created');
});

test('a wrong token is refused, at once and in events', async (context) => {
  const { url } = await startTestServer(context);
  const api = new MoonshareApi({ url, token: async () => 'wrong' });
  const isRefused = { name: 'ApiError', code: 'UNAUTHORIZED', status: 401 };
  await assert.rejects(api.me(), isRefused);
  await assert.rejects(api.events()[Symbol.asyncIterator]().next(), isRefused);
});
