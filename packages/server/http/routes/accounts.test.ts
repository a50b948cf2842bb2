import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { type TestContext, test } from 'node:test';
import {
  type Answer,
  CREDENTIALS,
  startTestServer,
  streamerRequest,
  type TestPeer,
  type TestServer,
} from '../../testing/test-server.ts';

const PASSWORD = 'correct horse';

interface Fixture extends TestServer {
  /** A request without the credentials. */
  as(headers: Record<string, string>, method: string, path: string, body?: unknown): Promise<Answer>;
  logIn(user: string, password?: string): Promise<{ cookie: string; answer: Answer }>;
  /** A browser's page of ours: its cookie, and its origin on what changes things. */
  page(cookie: string): Record<string, string>;
  link(request: Record<string, unknown>): Promise<{ id: number; token: string; headers: Record<string, string> }>;
  join(headers: Record<string, string>, body?: unknown): Promise<Answer>;
  socket(token: string): Promise<TestPeer>;
}

async function fixture(context: TestContext, environment: Record<string, string> = {}): Promise<Fixture> {
  const server = await startTestServer(context, { MOONLIGHT_INTERNAL_PAIRING_PIN: '1234', ...environment });
  server.hosts.add('box').pin = '1234';
  await server.call('PUT', '/api/host', { address: 'box' });
  assert.equal((await server.call('POST', '/api/streamers', streamerRequest('a'))).status, 200);
  for (const role of ['admin', 'user', 'viewer']) {
    const { status } = await server.call('POST', '/api/users', { name: `a-${role}`, password: PASSWORD, role });
    assert.equal(status, 201);
  }
  const as: Fixture['as'] = (headers, method, path, body) =>
    server.call(method, path, body, { authorization: '', ...headers });
  return {
    ...server,
    as,
    logIn: async (user, password = PASSWORD) => {
      const answer = await as({}, 'POST', '/api/login', { user, password });
      return { answer, cookie: (answer.headers.get('set-cookie') ?? '').split(';')[0]! };
    },
    page: (cookie) => ({ cookie, origin: new URL(server.url).origin }),
    link: async (request) => {
      const { status, body } = await server.call('POST', '/api/streamers/a/links', request);
      assert.equal(status, 201);
      const token = new URLSearchParams(new URL(body.url).hash.slice(1)).get('token')!;
      return { id: body.id, token, headers: { authorization: `Bearer ${token}` } };
    },
    join: (headers, body) => as(headers, 'POST', '/api/streamers/a/token', body),
    socket: async (token) => {
      const peer = server.peer(`/api/streamers/a/peer?token=${token}`);
      await peer.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
      return peer;
    },
  };
}

function codes(...answers: Answer[]): [number, string | undefined][] {
  return answers.map(({ status, body }) => [status, body?.code]);
}

/** Tries until it is refused for having tried too often. Returns how often it was not, and the refusal. */
async function untilLimited(attempt: () => Promise<Answer>): Promise<{ tries: number; limited: Answer }> {
  for (let tries = 0; tries < 40; tries++) {
    const answer = await attempt();
    if (answer.body.code === 'RATE_LIMITED') return { tries, limited: answer };
    assert.equal(answer.status, 401);
  }
  return assert.fail('never limited');
}

const REVOKED = { code: 4403, reason: 'ACCESS_REVOKED' };

test('a login is a cookie that no script and no other site can use, and a logout ends it', async (context) => {
  const { as, logIn, page } = await fixture(context);
  const { answer, cookie } = await logIn('A-USER');
  assert.deepEqual([answer.status, answer.body.user, answer.body.role], [200, 'a-user', 'user']);
  assert.match(answer.headers.get('set-cookie')!, /; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/);
  const me = await as({ cookie }, 'GET', '/api/me');
  assert.deepEqual(me.body, {
    by: 'session',
    user: 'a-user',
    role: 'user',
    scopes: ['streamers:read', 'streamers:write', 'hosts:read'],
    seen: { address: '127.0.0.1', https: false },
  });
  const logout = await as(page(cookie), 'POST', '/api/logout');
  assert.equal(logout.status, 204);
  assert.match(logout.headers.get('set-cookie')!, /^moonshare_session=; .*Max-Age=0/);
  assert.equal((await as({ cookie }, 'GET', '/api/me')).status, 401);
});

test('an unknown user and a wrong password get the same answer', async (context) => {
  const { logIn } = await fixture(context);
  const [unknown, wrong] = [(await logIn('nobody')).answer, (await logIn('a-user', 'wrong')).answer];
  assert.deepEqual(codes(unknown, wrong), [
    [401, 'LOGIN_FAILED'],
    [401, 'LOGIN_FAILED'],
  ]);
  assert.deepEqual(unknown.body, wrong.body);
  assert.equal(unknown.headers.get('set-cookie'), null);
});

test('a cookie counts from our own pages alone', async (context) => {
  const { as, logIn, page, url, peer } = await fixture(context);
  const { cookie } = await logIn('a-user');
  const post = (headers: Record<string, string>) => as({ cookie, ...headers }, 'POST', '/api/streamers/a/token');
  assert.equal((await post({ origin: new URL(url).origin })).status, 200);
  assert.equal((await post({ origin: 'https://evil.example' })).status, 403);
  assert.equal((await post({})).status, 401);
  const get = (headers: Record<string, string>) => as({ cookie, ...headers }, 'GET', '/api/streamers');
  assert.equal((await get({})).status, 200);
  assert.equal((await get({ 'sec-fetch-site': 'same-origin' })).status, 200);
  assert.equal((await get({ 'sec-fetch-site': 'cross-site' })).status, 401);
  assert.equal((await get({ origin: 'https://evil.example' })).status, 401);
  const socket = peer('/api/streamers/a/peer', page(cookie));
  await socket.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
  assert.equal((await peer('/api/streamers/a/peer', { cookie, origin: 'https://evil.example' }).refused).status, 403);
});

test('each role reaches as far as it may', async (context) => {
  const { as, logIn, page, told, socket } = await fixture(context);
  const reach: Record<string, number[]> = {};
  for (const role of ['admin', 'user', 'viewer']) {
    const headers = page((await logIn(`a-${role}`)).cookie);
    const answers = [
      await as(headers, 'GET', '/api/streamers'),
      await as(headers, 'POST', '/api/streamers/a/links', { role: 'watch' }),
      await as(headers, 'GET', '/api/hosts'),
      await as(headers, 'PUT', '/api/host', { address: 'box' }),
      await as(headers, 'GET', '/api/users'),
      await as(headers, 'GET', '/api/tokens'),
    ];
    reach[role] = answers.map(({ status }) => status);
    const joined = await as(headers, 'POST', '/api/streamers/a/token');
    await socket(joined.body.token);
  }
  assert.deepEqual(reach, {
    admin: [200, 201, 200, 200, 200, 200],
    user: [200, 201, 200, 403, 403, 200],
    viewer: [200, 403, 403, 403, 403, 200],
  });
  assert.deepEqual(
    told('addPeer').map(({ role }) => role),
    ['full', 'full', 'watch'],
  );
});

test('a new endpoint refuses fields that it does not know', async (context) => {
  const { call, as } = await fixture(context);
  for (const [path, body] of [
    ['/api/users', { name: 'x', password: PASSWORD, role: 'user', admin: true }],
    ['/api/tokens', { name: 'x', scopes: ['admin'], expires: 5 }],
    ['/api/streamers/a/links', { role: 'watch', expiry: 5 }],
  ] as const) {
    const { status, body: answer } = await call('POST', path, body);
    assert.equal(status, 400, path);
    assert.match(answer.error, /admin|expires|expiry/);
  }
  assert.equal((await as({}, 'POST', '/api/login', { user: 'a', password: 'b', x: 1 })).status, 400);
});

test('users are made, changed and removed by admins; secrets are in no answer', async (context) => {
  const { call, logIn } = await fixture(context);
  const list = await call('GET', '/api/users');
  assert.deepEqual(
    list.body.users.map(({ name }: { name: string }) => name),
    ['a-admin', 'a-user', 'a-viewer', 'admin'],
  );
  assert.ok(!/scrypt|password/.test(JSON.stringify(list.body)));
  assert.equal((await call('PATCH', '/api/users/a-viewer', { role: 'user' })).body.role, 'user');
  assert.equal((await call('PATCH', '/api/users/a-viewer', {})).status, 400);
  assert.equal((await call('PATCH', '/api/users/a-viewer', { password: 'a new password' })).status, 200);
  assert.equal((await logIn('a-viewer')).answer.status, 401);
  assert.equal((await logIn('a-viewer', 'a new password')).answer.status, 200);
  assert.equal((await call('DELETE', '/api/users/a-viewer')).status, 204);
  assert.deepEqual(codes(await call('DELETE', '/api/users/a-viewer')), [[404, 'USER_NOT_FOUND']]);
  assert.deepEqual(codes(await call('POST', '/api/users', { name: 'A-user', password: PASSWORD, role: 'user' })), [
    [409, 'USER_EXISTS'],
  ]);
  await call('DELETE', '/api/users/a-admin');
  assert.deepEqual(codes(await call('DELETE', '/api/users/admin')), [[409, 'LAST_ADMIN']]);
});

test('a user changes the own password with the old one, and other sessions end', async (context) => {
  const { as, logIn, page } = await fixture(context);
  const [here, there] = [(await logIn('a-user')).cookie, (await logIn('a-user')).cookie];
  const change = (old_password: string) =>
    as(page(here), 'PUT', '/api/me/password', { old_password, password: 'a new password' });
  assert.deepEqual(codes(await change('wrong')), [[401, 'LOGIN_FAILED']]);
  const changed = await change(PASSWORD);
  assert.equal(changed.status, 200);
  const renewed = changed.headers.get('set-cookie')!.split(';')[0]!;
  assert.deepEqual(
    codes(...(await Promise.all([here, there, renewed].map((cookie) => as({ cookie }, 'GET', '/api/me'))))),
    [
      [401, 'UNAUTHORIZED'],
      [401, 'UNAUTHORIZED'],
      [200, undefined],
    ],
  );
});

test('an API token reaches as far as its scopes and its user, and is seen once', async (context) => {
  const { as, call, logIn, page } = await fixture(context);
  const headers = page((await logIn('a-user')).cookie);
  const beyond = await as(headers, 'POST', '/api/tokens', { name: 'x', scopes: ['hosts:write'] });
  assert.deepEqual(codes(beyond), [[403, 'FORBIDDEN']]);
  const made = await as(headers, 'POST', '/api/tokens', { name: 'ci', scopes: ['streamers:read'], expires_in: 3600 });
  assert.equal(made.status, 201);
  const bearer = { authorization: `Bearer ${made.body.token}` };
  const use = (method: string, path: string) => as(bearer, method, path).then(({ status }) => status);
  assert.deepEqual(
    [await use('GET', '/api/streamers'), await use('DELETE', '/api/streamers/a'), await use('GET', '/api/hosts')],
    [200, 403, 403],
  );
  assert.equal(await use('POST', '/api/tokens'), 400);
  assert.equal((await as(bearer, 'POST', '/api/tokens', { name: 'y', scopes: ['streamers:read'] })).status, 403);
  const { token, ...info } = made.body;
  assert.deepEqual((await call('GET', '/api/tokens')).body, { tokens: [info] });
  assert.equal(info.user, 'a-user');
  const other = page((await logIn('a-viewer')).cookie);
  assert.deepEqual((await as(other, 'GET', '/api/tokens')).body, { tokens: [] });
  assert.equal((await as(other, 'DELETE', `/api/tokens/${info.id}`)).status, 404);
  assert.equal((await as(headers, 'DELETE', `/api/tokens/${info.id}`)).status, 204);
  const revoked = await as(bearer, 'GET', '/api/streamers');
  const wrong = await as({ authorization: 'Bearer nonsense' }, 'GET', '/api/streamers');
  assert.deepEqual([revoked.status, revoked.body], [401, wrong.body]);
});

test('a token does no more than its user may today', async (context) => {
  const { as, call, logIn, page } = await fixture(context);
  const headers = page((await logIn('a-admin')).cookie);
  const { token } = (await as(headers, 'POST', '/api/tokens', { name: 'all', scopes: ['admin'] })).body;
  const bearer = { authorization: `Bearer ${token}` };
  assert.equal((await as(bearer, 'GET', '/api/users')).status, 200);
  await call('PATCH', '/api/users/a-admin', { role: 'viewer' });
  assert.equal((await as(bearer, 'GET', '/api/users')).status, 403);
  assert.equal((await as(bearer, 'GET', '/api/streamers')).status, 200);
  await call('DELETE', '/api/users/a-admin');
  assert.equal((await as(bearer, 'GET', '/api/streamers')).status, 401);
});

test('a link is made, listed without its secret, used and revoked', async (context) => {
  const { call, link, join, socket, told } = await fixture(context);
  const made = await link({ role: 'gamepad', expires_in: 600 });
  const { links } = (await call('GET', '/api/streamers/a/links')).body;
  assert.deepEqual(
    links.map(({ id, role, uses, has_pin }: Record<string, unknown>) => [id, role, uses, has_pin]),
    [[made.id, 'gamepad', 0, false]],
  );
  assert.ok(!JSON.stringify(links).includes(made.token));
  const joined = await join(made.headers);
  assert.equal(joined.body.role, 'gamepad');
  const peer = await socket(joined.body.token);
  assert.equal(told('addPeer')[0]?.role, 'gamepad');
  assert.equal((await call('DELETE', `/api/streamers/a/links/${made.id}`)).status, 204);
  assert.deepEqual(await peer.closed, REVOKED);
  assert.equal((await call('GET', '/api/streamers/a')).body.connected_peers, 0);
  assert.deepEqual(codes(await join(made.headers), await join({ authorization: `Bearer ${joined.body.renewal}` })), [
    [401, 'UNAUTHORIZED'],
    [403, 'ACCESS_REVOKED'],
  ]);
  assert.deepEqual(codes(await call('DELETE', `/api/streamers/a/links/${made.id}`)), [[404, 'LINK_NOT_FOUND']]);
  assert.equal((await call('POST', '/api/streamers/b/links', { role: 'watch' })).status, 404);
});

test('a viewer by a revoked link is out within a second, though its browser does not close its socket', async (context) => {
  const { call, link, join, socket, told } = await fixture(context);
  const made = await link({ role: 'full' });
  const peer = await socket((await join(made.headers)).body.token);
  const witness = await socket((await join((await link({ role: 'watch' })).headers)).body.token);
  peer.socket.pause();
  const { peerId } = told('addPeer')[0]!;
  const gone = witness.message((message) => JSON.stringify(message).includes(`removed ${peerId}`));
  const before = performance.now();
  await call('DELETE', `/api/streamers/a/links/${made.id}`);
  await gone;
  assert.ok(performance.now() - before < 1000);
  peer.socket.resume();
  await peer.closed;
});

test('a viewer is listed with its role and by whose right it came, and is put out by its id', async (context) => {
  const { call, as, logIn, page, link, join, socket } = await fixture(context);
  const made = await link({ role: 'watch' });
  const guest = await socket((await join(made.headers)).body.token);
  const friend = await socket((await join(page((await logIn('a-user')).cookie))).body.token);
  const { peers, connected_peers } = (await call('GET', '/api/streamers/a')).body;
  assert.equal(connected_peers, 2);
  assert.deepEqual(
    peers.map(({ role, user, link_id }: Record<string, unknown>) => [role, user, link_id]),
    [
      ['watch', null, made.id],
      ['full', 'a-user', null],
    ],
  );

  const path = `/api/streamers/a/peers/${peers[0].peer_id}`;
  assert.equal((await as(page((await logIn('a-viewer')).cookie), 'DELETE', path)).status, 403);
  assert.equal((await call('DELETE', path)).status, 204);
  assert.deepEqual(await guest.closed, { code: 4410, reason: 'PEER_REMOVED' });
  await friend.message((message) => JSON.stringify(message).includes(`removed ${peers[0].peer_id}`));
  assert.deepEqual((await call('GET', '/api/streamers/a')).body.peers, [peers[1]]);
  assert.deepEqual(codes(await call('DELETE', path), await call('DELETE', '/api/streamers/b/peers/x')), [
    [404, 'PEER_NOT_FOUND'],
    [404, 'STREAMER_NOT_FOUND'],
  ]);
  friend.socket.close();
});

test('a browser that comes back by its renewal is no further use and leaves no ghost', async (context) => {
  const { call, link, join, socket } = await fixture(context);
  const made = await link({ role: 'watch', max_uses: 1 });
  const first = await join(made.headers);
  const before = await socket(first.body.token);
  const again = await join({ authorization: `Bearer ${first.body.renewal}` });
  assert.deepEqual([again.status, again.body.role], [200, 'watch']);
  await socket(again.body.token);
  assert.deepEqual(await before.closed, { code: 4410, reason: 'PEER_REMOVED' });
  assert.equal((await call('GET', '/api/streamers/a')).body.connected_peers, 1);
  assert.deepEqual(codes(await join(made.headers)), [[403, 'LINK_USED_UP']]);
  assert.equal((await call('GET', '/api/streamers/a/links')).body.links[0].uses, 1);
});

test('a renewal opens no socket, no other streamer and no API', async (context) => {
  const { as, call, link, join, peer } = await fixture(context);
  const { renewal } = (await join((await link({ role: 'full' })).headers)).body;
  const bearer = { authorization: `Bearer ${renewal}` };
  await call('POST', '/api/streamers?wait=false', streamerRequest('b'));
  assert.equal((await peer(`/api/streamers/a/peer?token=${renewal}`).refused).status, 401);
  assert.equal((await as(bearer, 'POST', '/api/streamers/b/token')).status, 401);
  assert.equal((await as(bearer, 'GET', '/api/streamers')).status, 401);
});

test('the links of a streamer that was deleted do not open the next of that name', async (context) => {
  const { call, link, join } = await fixture(context);
  const made = await link({ role: 'full' });
  await call('DELETE', '/api/streamers/a');
  await call('POST', '/api/streamers', streamerRequest('a'));
  assert.deepEqual(codes(await join(made.headers)), [[401, 'UNAUTHORIZED']]);
});

test('a PIN is asked for, and guessing is slowed down even for who then knows it', async (context) => {
  const { link, join, call } = await fixture(context);
  const made = await link({ role: 'watch', pin: '4711', max_uses: 1 });
  assert.deepEqual(codes(await join(made.headers)), [[401, 'PIN_REQUIRED']]);
  assert.deepEqual(codes(await join(made.headers, { pin: '0000' })), [[401, 'PIN_WRONG']]);
  const { tries } = await untilLimited(() => join(made.headers, { pin: '0000' }));
  assert.ok(tries >= 5);
  const limited = await join(made.headers, { pin: '4711' });
  assert.deepEqual(codes(limited), [[429, 'RATE_LIMITED']]);
  assert.ok(Number(limited.headers.get('retry-after')) >= 1);
  assert.equal((await call('GET', '/api/streamers/a/links')).body.links[0].uses, 0);
  const other = await link({ role: 'watch' });
  assert.equal((await join(other.headers)).status, 200);
});

test('the right PIN lets in, and its renewal wants none', async (context) => {
  const { link, join } = await fixture(context);
  const made = await link({ role: 'watch', pin: '4711' });
  const { status, body } = await join(made.headers, { pin: '4711' });
  assert.equal(status, 200);
  assert.equal((await join({ authorization: `Bearer ${body.renewal}` })).status, 200);
});

test('logins are limited by address, as the trusted proxy says it', async (context) => {
  const { as } = await fixture(context, { MOONSHARE_TRUSTED_PROXIES: '127.0.0.1' });
  const logIn = (from: string, password: string) =>
    as({ 'x-forwarded-for': from }, 'POST', '/api/login', { user: 'a-user', password });
  let host = 0;
  const { tries } = await untilLimited(() => logIn(`2001:db8::${host++}`, 'wrong'));
  assert.ok(tries >= 6);
  const limited = await logIn('2001:db8::ffff', PASSWORD);
  assert.deepEqual(codes(limited), [[429, 'RATE_LIMITED']]);
  assert.ok(Number(limited.headers.get('retry-after')) >= 1);
  assert.equal((await logIn('2001:db8:0:1::1', PASSWORD)).status, 200);
});

test('an address that nobody trusts cannot give itself another by X-Forwarded-For', async (context) => {
  const { as } = await fixture(context);
  let host = 0;
  await untilLimited(() =>
    as({ 'x-forwarded-for': `10.0.0.${host++}` }, 'POST', '/api/login', { user: 'a-user', password: 'wrong' }),
  );
});

test('guessing at links is limited, and a right link is not kept waiting', async (context) => {
  const { join, link } = await fixture(context);
  const made = await link({ role: 'watch' });
  const guess = () => join({ authorization: `Bearer ${made.token.slice(0, -1)}` });
  const { tries, limited } = await untilLimited(guess);
  assert.ok(tries >= 21);
  assert.equal(limited.status, 429);
  assert.ok(Number(limited.headers.get('retry-after')) >= 1);
  assert.equal((await join(made.headers)).status, 200);
});

test('guessing at the shared credentials in a header is limited by address, and shuts out nobody who has shown them', async (context) => {
  const { as } = await fixture(context, { MOONSHARE_TRUSTED_PROXIES: '127.0.0.1' });
  const from = (address: string, secret: string) => ({ 'x-forwarded-for': address, authorization: `Bearer ${secret}` });
  const ways: [string, string][] = [
    ['GET', '/api/authenticate'],
    ['POST', '/api/streamers/a/token'],
  ];
  let turn = 0;
  const guess = () => {
    const [method, path] = ways[turn++ % ways.length]!;
    return as(from('2001:db8::1', `guess-${turn}`), method, path);
  };
  const { tries, limited } = await untilLimited(guess);
  assert.ok(tries >= 20 && Number(limited.headers.get('retry-after')) >= 1);
  for (const [method, path] of ways) {
    assert.deepEqual(codes(await as(from('2001:db8::2', CREDENTIALS), method, path)), [[429, 'RATE_LIMITED']]);
  }
  const foreign = { ...from('2001:db8::3', CREDENTIALS), origin: 'https://elsewhere.example' };
  assert.deepEqual(codes(await as(foreign, 'POST', '/api/login')), [[429, 'RATE_LIMITED']]);

  const platform = from('10.0.0.1', CREDENTIALS);
  assert.equal((await as(platform, 'GET', '/api/authenticate')).status, 200);
  for (let i = 0; i < 40; i++) assert.equal((await as(from('10.0.0.1', 'old'), 'GET', '/api/hosts')).status, 401);
  assert.equal((await as(platform, 'GET', '/api/authenticate')).status, 200);
});

test('guessing at the shared credentials on a socket is limited, at both doors together', async (context) => {
  const { peer, call } = await fixture(context);
  const say = async (path: string, credentials: string) => {
    const socket = peer(path);
    await socket.opened;
    socket.send({ AuthenticateAndInit: { credentials, host_id: 0, app_id: 1 } });
    return socket.closed;
  };
  const reasons: string[] = [];
  for (let i = 0; i < 40 && reasons.at(-1) !== 'RATE_LIMITED'; i++) {
    const path = i % 2 === 0 ? '/api/streamers/a/peer' : '/api/host/stream';
    reasons.push((await say(path, `guess ${i}`)).reason);
  }
  assert.ok(reasons.length > 21);
  assert.ok(reasons.slice(0, -1).every((reason) => reason === 'UNAUTHORIZED'));
  assert.deepEqual(await say('/api/streamers/a/peer', CREDENTIALS), { code: 4429, reason: 'RATE_LIMITED' });
  assert.deepEqual(await say('/api/host/stream', CREDENTIALS), { code: 4429, reason: 'RATE_LIMITED' });
  assert.equal((await call('GET', '/api/authenticate')).status, 200);
});

test('what is open ends with the session, the token or the user behind it', async (context) => {
  const { as, call, logIn, page, peer, join, socket } = await fixture(context);
  const user = page((await logIn('a-user')).cookie);
  const bySession = await socket((await join(user)).body.token);
  const { token, id } = (await as(user, 'POST', '/api/tokens', { name: 'x', scopes: ['streamers:read'] })).body;
  const bearer = { authorization: `Bearer ${token}` };
  const byToken = peer('/api/streamers/a/peer', bearer);
  await byToken.opened;
  const viewer = page((await logIn('a-viewer')).cookie);
  const early = (await join(viewer)).body.token;
  const byUser = await socket((await join(viewer)).body.token);

  assert.equal((await as(user, 'POST', '/api/logout')).status, 204);
  assert.deepEqual(await bySession.closed, REVOKED);
  await call('DELETE', `/api/tokens/${id}`);
  assert.deepEqual(await byToken.closed, REVOKED);
  await call('PATCH', '/api/users/a-viewer', { role: 'user' });
  assert.deepEqual(await byUser.closed, REVOKED);
  // Handed out before, not used yet.
  assert.equal((await peer(`/api/streamers/a/peer?token=${early}`).refused).status, 401);
});

test('a stream of events ends with the token that opened it', async (context) => {
  const { call, url } = await fixture(context);
  const { token, id } = (await call('POST', '/api/tokens', { name: 'x', scopes: ['streamers:read'] })).body;
  const stream = httpRequest(`${url}/api/events`, { headers: { authorization: `Bearer ${token}` } });
  stream.on('error', () => {});
  stream.end();
  const [response] = await once(stream, 'response');
  assert.equal(response.statusCode, 200);
  response.on('error', () => {});
  response.resume();
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  response.once('close', resolve);
  await call('DELETE', `/api/tokens/${id}`);
  await closed;
});

test('what is open by a link ends with its time', async (context) => {
  const { link, join, socket } = await fixture(context);
  const peer = await socket((await join((await link({ role: 'watch', expires_in: 1 })).headers)).body.token);
  assert.deepEqual(await peer.closed, REVOKED);
});

test('a user named by a proxy counts if the proxy is trusted and the user is known', async (context) => {
  const settings = { MOONSHARE_TRUSTED_PROXIES: '127.0.0.0/8', MOONSHARE_PROXY_USER_HEADER: 'X-Remote-User' };
  const { as, url } = await fixture(context, settings);
  const me = async (name: string) => (await as({ 'x-remote-user': name }, 'GET', '/api/me')).body;
  const { seen: _seen, ...viewer } = await me('a-viewer');
  assert.deepEqual(viewer, { by: 'proxy', user: 'a-viewer', role: 'viewer', scopes: ['streamers:read'] });
  const forwarded = { 'x-remote-user': 'a-viewer', 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' };
  assert.deepEqual((await as(forwarded, 'GET', '/api/me')).body.seen, { address: '203.0.113.7', https: true });
  assert.equal((await me('stranger')).code, 'UNAUTHORIZED');
  const post = (headers: Record<string, string>) =>
    as({ 'x-remote-user': 'a-user', ...headers }, 'POST', '/api/streamers/a/token');
  assert.equal((await post({ origin: new URL(url).origin })).status, 200);
  assert.equal((await post({ origin: 'https://evil.example' })).status, 403);
  assert.equal((await post({})).status, 401);
  const secure = await as({ 'x-forwarded-proto': 'https' }, 'POST', '/api/login', {
    user: 'a-user',
    password: PASSWORD,
  });
  assert.match(secure.headers.get('set-cookie')!, /; Secure$/);
});

test('by default nobody is believed who says a name, and loopback gives no rights', async (context) => {
  const { as } = await fixture(context);
  for (const headers of [{}, { 'x-remote-user': 'admin' }, { 'x-forwarded-for': '127.0.0.1' }] as Record<
    string,
    string
  >[]) {
    for (const path of ['/api/me', '/api/streamers', '/api/users', '/metrics']) {
      assert.equal((await as(headers, 'GET', path)).status, 401, path);
    }
  }
});

test('no secret is in the answers of an admin who lists everything', async (context) => {
  const { call, link, logIn, join } = await fixture(context);
  const made = await link({ role: 'watch', pin: '471147' });
  const { token } = (await call('POST', '/api/tokens', { name: 'x', scopes: ['admin'] })).body;
  const { cookie } = await logIn('a-user');
  await join(made.headers, { pin: '471147' });
  const paths = ['/api/users', '/api/tokens', '/api/streamers/a/links', '/api/streamers/a', '/api/me'];
  for (const path of paths) {
    const text = JSON.stringify((await call('GET', path)).body);
    for (const secret of [made.token, token, cookie.split('=')[1]!, '471147', PASSWORD]) {
      assert.ok(!text.includes(secret), path);
    }
  }
});
