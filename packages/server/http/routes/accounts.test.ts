import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { test } from 'node:test';
import { accountServer, codes, PASSWORD, REVOKED } from '../../testing/account-server.ts';

test('a login sets a cookie that no script and no other site can use, and a logout ends it', async (context) => {
  const { as, logIn, page } = await accountServer(context);
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

test('a cookie counts from our own pages alone', async (context) => {
  const { as, logIn, page, url, peer } = await accountServer(context);
  const { cookie } = await logIn('a-user');
  const post = (headers: Record<string, string>) => as({ cookie, ...headers }, 'POST', '/api/streamers/a/token');
  assert.equal((await post({ origin: new URL(url).origin })).status, 200);
  assert.equal((await post({ origin: 'https://evil.example' })).status, 403);
  assert.equal((await post({})).status, 401);
  // Whoever sends a Bearer header is judged by that alone: a wrong one does not lead back to the cookie.
  for (const origin of [new URL(url).origin, 'https://evil.example']) {
    assert.equal((await post({ origin, authorization: 'Bearer wrong' })).status, 401);
  }
  const get = (headers: Record<string, string>) => as({ cookie, ...headers }, 'GET', '/api/streamers');
  assert.equal((await get({})).status, 200);
  assert.equal((await get({ 'sec-fetch-site': 'same-origin' })).status, 200);
  assert.equal((await get({ 'sec-fetch-site': 'cross-site' })).status, 401);
  assert.equal((await get({ origin: 'https://evil.example' })).status, 401);
  const socket = peer('/api/streamers/a/peer', page(cookie));
  await socket.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
  assert.equal((await peer('/api/streamers/a/peer', { cookie, origin: 'https://evil.example' }).refused).status, 403);
});

test('each role can do what it may, and no more', async (context) => {
  const { as, logIn, page, sentToWorkers, socket } = await accountServer(context);
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
    sentToWorkers('addPeer').map(({ role }) => role),
    ['full', 'full', 'watch'],
  );
});

test('newer endpoints refuse unknown fields', async (context) => {
  const { call, as } = await accountServer(context);
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

test('admins create, change and remove users, and no answer contains secrets', async (context) => {
  const { call, logIn } = await accountServer(context);
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

test('users change their password with the old one, and their other sessions end', async (context) => {
  const { as, logIn, page } = await accountServer(context);
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

test('an API token can do what its scopes and its user may, and is shown once', async (context) => {
  const { as, call, logIn, page } = await accountServer(context);
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

test('a token can do no more than its user may at the moment', async (context) => {
  const { as, call, logIn, page } = await accountServer(context);
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

test('sockets end with the session, token or user behind them', async (context) => {
  const { as, call, logIn, page, peer, join, socket } = await accountServer(context);
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
  const again = page((await logIn('a-viewer')).cookie);
  const removed = await socket((await join(again)).body.token);
  await call('DELETE', '/api/users/a-viewer');
  assert.deepEqual(await removed.closed, REVOKED);
  // Issued earlier, not used yet.
  assert.equal((await peer(`/api/streamers/a/peer?token=${early}`).refused).status, 401);
});

test('an event stream ends with the token or the role that opened it', async (context) => {
  const { call, logIn, url } = await accountServer(context);
  const follow = async (headers: Record<string, string>) => {
    const stream = httpRequest(`${url}/api/events`, { headers });
    stream.on('error', () => {});
    stream.end();
    const [response] = await once(stream, 'response');
    assert.equal(response.statusCode, 200);
    response.on('error', () => {});
    response.resume();
    return { ended: new Promise<void>((resolve) => response.once('close', resolve)) };
  };
  const { token, id } = (await call('POST', '/api/tokens', { name: 'x', scopes: ['streamers:read'] })).body;
  const byToken = await follow({ authorization: `Bearer ${token}` });
  await call('DELETE', `/api/tokens/${id}`);
  await byToken.ended;
  for (const end of [
    () => call('PATCH', '/api/users/a-user', { role: 'viewer' }),
    () => call('DELETE', '/api/users/a-user'),
  ]) {
    const { cookie } = await logIn('a-user');
    const bySession = await follow({ cookie });
    await end();
    await bySession.ended;
  }
});

test('a user named by a proxy is accepted if the proxy is trusted and the user is known', async (context) => {
  const settings = { MOONSHARE_TRUSTED_PROXIES: '127.0.0.0/8', MOONSHARE_PROXY_USER_HEADER: 'X-Remote-User' };
  const { as, url } = await accountServer(context, settings);
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

test('by default a name in a header is not trusted, and loopback gives no rights', async (context) => {
  // A proxy that is trusted with addresses is not trusted with names yet.
  const { as, peer } = await accountServer(context, { MOONSHARE_TRUSTED_PROXIES: '127.0.0.1' });
  for (const headers of [{}, { 'x-remote-user': 'admin' }, { 'x-forwarded-for': '127.0.0.1' }] as Record<
    string,
    string
  >[]) {
    for (const path of ['/api/me', '/api/streamers', '/api/users', '/metrics']) {
      assert.equal((await as(headers, 'GET', path)).status, 401, path);
    }
  }
  const stranger = peer('/api/streamers/a/peer');
  await stranger.opened;
  // Who is known may negotiate at once.
  stranger.send({ Signaling: { Description: { ty: 'offer', sdp: 'v=0' } } });
  assert.equal((await stranger.closed).reason, 'UNAUTHORIZED');
  assert.deepEqual(stranger.messages, []);
});

test('no secret is in the answers when an admin lists everything', async (context) => {
  const { call, link, logIn, join } = await accountServer(context);
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
