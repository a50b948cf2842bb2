import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountServer, codes, PASSWORD, REVOKED } from '../../testing/account-server.ts';
import { until } from '../../testing/processes.ts';
import { type Answer, streamerRequest } from '../../testing/test-server.ts';

test('a link can be created, listed without its secret, used and revoked', async (context) => {
  const { call, link, join, socket, sentToWorkers } = await accountServer(context);
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
  assert.equal(sentToWorkers('addPeer')[0]?.role, 'gamepad');
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

test('a viewer with a revoked link is removed within a second, even if its browser does not close the socket', async (context) => {
  const { call, link, join, socket, sentToWorkers } = await accountServer(context);
  const revoke = async (): Promise<number> => {
    const made = await link({ role: 'full' });
    const peer = await socket((await join(made.headers)).body.token);
    peer.socket.pause();
    const { peerId } = sentToWorkers('addPeer').at(-1)!;
    const before = performance.now();
    await call('DELETE', `/api/streamers/a/links/${made.id}`);
    await until(() => sentToWorkers('removePeer').some((message) => message.peerId === peerId));
    const took = performance.now() - before;
    peer.socket.resume();
    await peer.closed;
    return took;
  };
  // A slow machine may delay one of them; waiting for the browser would delay every one.
  const took: number[] = [];
  while (took.length < 3 && took.every((ms) => ms >= 1000)) took.push(await revoke());
  assert.ok(Math.min(...took) < 1000, took.join());
});

test('a link gives out no more tokens than browsers may join, as each is written to the disk while everyone waits', async (context) => {
  const { call, link, join } = await accountServer(context);
  const made = await link({ role: 'watch' });
  const answers: Answer[] = [];
  while (answers.length < 5000 && answers.every(({ status }) => status === 200))
    answers.push(...(await Promise.all(Array.from({ length: 40 }, () => join(made.headers)))));
  const given = answers.filter(({ status }) => status === 200).length;
  const refused = answers.filter(({ status }) => status !== 200);
  assert.ok(given >= 120);
  assert.deepEqual(codes(refused[0]!), [[429, 'RATE_LIMITED']]);
  const { links } = (await call('GET', '/api/streamers/a/links')).body;
  assert.equal(links[0].uses, given);
  // Those already there can come back all the same.
  const renewal = { authorization: `Bearer ${answers[0]!.body.renewal}` };
  assert.equal((await join(renewal)).status, 200);
});

test('a browser that comes back with its renewal is not another use and leaves no stale viewer', async (context) => {
  const { call, link, join, socket } = await accountServer(context);
  const made = await link({ role: 'watch', single_use: true });
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
  const { as, call, link, join, peer } = await accountServer(context);
  const { renewal } = (await join((await link({ role: 'full' })).headers)).body;
  const bearer = { authorization: `Bearer ${renewal}` };
  await call('POST', '/api/streamers?wait=false', streamerRequest('b'));
  assert.equal((await peer(`/api/streamers/a/peer?token=${renewal}`).refused).status, 401);
  assert.equal((await as(bearer, 'POST', '/api/streamers/b/token')).status, 401);
  assert.equal((await as(bearer, 'GET', '/api/streamers')).status, 401);
});

test('the links of a deleted streamer do not open the next one of that name', async (context) => {
  const { call, link, join } = await accountServer(context);
  const made = await link({ role: 'full' });
  await call('DELETE', '/api/streamers/a');
  await call('POST', '/api/streamers', streamerRequest('a'));
  assert.deepEqual(codes(await join(made.headers)), [[401, 'UNAUTHORIZED']]);
});

test('the right PIN gives access, and the renewal needs none', async (context) => {
  const { link, join } = await accountServer(context);
  const made = await link({ role: 'watch', pin: '4711' });
  const { status, body } = await join(made.headers, { pin: '4711' });
  assert.equal(status, 200);
  assert.equal((await join({ authorization: `Bearer ${body.renewal}` })).status, 200);
});

test('what a link has open ends when the link expires', async (context) => {
  const { link, join, socket } = await accountServer(context);
  const peer = await socket((await join((await link({ role: 'watch', expires_in: 4 })).headers)).body.token);
  assert.deepEqual(await peer.closed, REVOKED);
});

test('of fifty browsers at once with a link for three, three get in', async (context) => {
  const { call, link, join } = await accountServer(context);
  const made = await link({ role: 'watch', max_uses: 3 });
  const answers = await Promise.all(Array.from({ length: 50 }, () => join(made.headers)));
  assert.equal(answers.filter(({ status }) => status === 200).length, 3);
  assert.equal(answers.filter(({ body }) => body.code === 'LINK_USED_UP').length, 47);
  assert.equal((await call('GET', '/api/streamers/a/links')).body.links[0].uses, 3);
});

test('a renewal gives no higher role than its link did, or than was asked for', async (context) => {
  const { link, join } = await accountServer(context);
  const { body } = await join((await link({ role: 'gamepad' })).headers, { role: 'watch' });
  assert.equal(body.role, 'watch');
  for (const role of ['gamepad', 'full']) {
    assert.deepEqual(codes(await join({ authorization: `Bearer ${body.renewal}` }, { role })), [[403, 'FORBIDDEN']]);
  }
});

test('a socket token is not accepted as a Bearer', async (context) => {
  const { as, link, join } = await accountServer(context);
  const { token } = (await join((await link({ role: 'watch' })).headers)).body;
  const bearer = { authorization: `Bearer ${token}` };
  assert.deepEqual(codes(await as(bearer, 'GET', '/api/streamers'), await join(bearer)), [
    [401, 'UNAUTHORIZED'],
    [401, 'UNAUTHORIZED'],
  ]);
});

test('a viewer is listed with its role and what gave it access, and can be removed by its ID', async (context) => {
  const { call, as, logIn, page, link, join, socket, sentToWorkers } = await accountServer(context);
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
  await until(() => sentToWorkers('removePeer').some(({ peerId }) => peerId === peers[0].peer_id));
  assert.deepEqual((await call('GET', '/api/streamers/a')).body.peers, [peers[1]]);
  assert.deepEqual(codes(await call('DELETE', path), await call('DELETE', '/api/streamers/b/peers/x')), [
    [404, 'PEER_NOT_FOUND'],
    [404, 'STREAMER_NOT_FOUND'],
  ]);
  friend.socket.close();
});

test('neither do links created while their streamer is being deleted', async (context) => {
  const { call } = await accountServer(context);
  // Hashing each PIN takes a while.
  const making = Array.from({ length: 24 }, () =>
    call('POST', '/api/streamers/a/links', { role: 'full', pin: '4711' }),
  );
  assert.equal((await call('DELETE', '/api/streamers/a')).status, 204);
  const refused = (await Promise.all(making)).filter(({ status }) => status === 404);
  assert.ok(refused.length > 0, 'none was in progress');
  await call('POST', '/api/streamers', streamerRequest('a'));
  assert.deepEqual((await call('GET', '/api/streamers/a/links')).body, { links: [] });
});

test('viewers with a link from a user who is removed or demoted are removed', async (context) => {
  const { call, as, logIn, page, join, socket } = await accountServer(context);
  for (const [method, body] of [
    ['PATCH', { role: 'viewer' }],
    ['DELETE', undefined],
  ] as const) {
    await call('POST', '/api/users', { name: 'grantor', password: PASSWORD, role: 'user' });
    const { cookie } = await logIn('grantor');
    const { url } = (await as(page(cookie), 'POST', '/api/streamers/a/links', { role: 'full' })).body;
    const bearer = { authorization: `Bearer ${new URLSearchParams(new URL(url).hash.slice(1)).get('token')}` };
    const peer = await socket((await join(bearer)).body.token);
    await call(method, '/api/users/grantor', body);
    assert.deepEqual(await peer.closed, REVOKED);
    assert.deepEqual(codes(await join(bearer)), [[401, 'UNAUTHORIZED']]);
    if (method === 'PATCH') await call('DELETE', '/api/users/grantor');
  }
});

test('a socket token opens one socket, and a plain request does not use it up', async (context) => {
  const { call, link, join, socket, peer } = await accountServer(context);
  const { token } = (await join((await link({ role: 'watch' })).headers)).body;
  const path = `/api/streamers/a/peer?token=${token}`;
  assert.equal((await call('GET', path, undefined, { authorization: '' })).status, 404);
  const first = await socket(token);
  const again = await peer(path).refused;
  assert.deepEqual([again.status, (again.body as { code: string }).code], [401, 'UNAUTHORIZED']);
  assert.equal((await call('GET', '/api/streamers/a')).body.connected_peers, 1);
  first.socket.close();
});
