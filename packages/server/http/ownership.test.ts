// Streamers have owners: what belongs to whom, for each way to access it.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type AccountServer, accountServer, codes, PASSWORD, REVOKED } from '../testing/account-server.ts';
import { EventReader } from '../testing/event-reader.ts';
import { until } from '../testing/processes.ts';
import { type Answer, startTestServer, streamerRequest, type TestServer } from '../testing/test-server.ts';
import { API_ROUTES } from './api-routes.ts';

type Person = {
  headers: Record<string, string>;
  do(method: string, path: string, body?: unknown): Promise<Answer>;
};

interface People extends AccountServer {
  ann: Person;
  ben: Person;
  admin: Person;
  person(name: string): Promise<Person>;
}

const PIN = { MOONLIGHT_INTERNAL_PAIRING_PIN: '1234' };

/** Ann and Ben are users; `anns` is Ann's stream, `a` belongs to the shared credentials. */
async function people(context: TestContext, environment: Record<string, string> = {}): Promise<People> {
  const server = await accountServer(context, { MOONSHARE_STREAMER_ACCESS: 'owners', ...environment });
  for (const name of ['ann', 'ben']) {
    await server.call('POST', '/api/users', { name, password: PASSWORD, role: 'user' });
  }
  const person = (name: string) => personOf(server, name);
  const everybody = { ...server, person, ann: await person('ann'), ben: await person('ben') };
  const made = await everybody.ann.do('POST', '/api/streamers', streamerRequest('anns'));
  assert.deepEqual([made.status, made.body.owner], [200, 'ann']);
  return { ...everybody, admin: await person('a-admin') };
}

async function personOf(server: AccountServer, name: string): Promise<Person> {
  const headers = server.page((await server.logIn(name)).cookie);
  return { headers, do: (method, path, body) => server.as(headers, method, path, body) };
}

async function streamersOf(person: Person): Promise<string[]> {
  const { body } = await person.do('GET', '/api/streamers');
  return body.streamers.map(({ streamer_id }: { streamer_id: string }) => streamer_id);
}

/** Someone's peer socket, opened with a token. */
async function enter(server: AccountServer, person: Person, id = 'anns') {
  const { status, body } = await person.do('POST', `/api/streamers/${id}/token`);
  assert.equal(status, 200, JSON.stringify(body));
  const peer = server.peer(`/api/streamers/${id}/peer?token=${body.token}`);
  await peer.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
  return { peer, role: body.role };
}

test("on every route someone else's stream looks as if it did not exist", async (context) => {
  const server = await people(context);
  const { ann, ben } = server;
  const link = (await ann.do('POST', '/api/streamers/anns/links', { role: 'full' })).body;
  const { peer } = await enter(server, ann);
  const peers = (await ann.do('GET', '/api/streamers/anns')).body.peers;
  assert.equal(peers.length, 1);
  const bodies: Record<string, unknown> = {
    'PATCH /api/streamers/:id': { bitrate: 1_000 },
    'POST /api/streamers/:id/input': { events: [{ kind: 'text', text: 'x' }] },
    'POST /api/streamers/:id/actions': { actions: [{ type: 'wait' }] },
    'POST /api/streamers/:id/wait': { until: 'stable' },
    'PUT /api/streamers/:id/control': { policy: 'follow' },
    'POST /api/streamers/:id/control': { action: 'take' },
    'PATCH /api/streamers/:id/peers/:peer': { role: 'full' },
    'POST /api/streamers/:id/links': { role: 'watch' },
    'PUT /api/streamers/:id/shares/:name': { role: 'watch' },
  };
  for (const { method, path: route } of API_ROUTES) {
    if (!route.startsWith('/api/streamers/:id') || `${method} ${route}` === 'PUT /api/streamers/:id') continue;
    const path = (id: string) =>
      route.replace(':id', id).replace(':link', link.id).replace(':peer', peers[0].peer_id).replace(':name', 'ben');
    const ask = (id: string) => ben.do(method, path(id), bodies[`${method} ${route}`]);
    const [theirs, none] = [await ask('anns'), await ask('none')];
    assert.ok(theirs.status >= 400, `${method} ${route}: ${theirs.status}`);
    assert.deepEqual([theirs.status, theirs.body], [none.status, none.body], `${method} ${route}`);
    if (!route.endsWith('/peer')) assert.equal(theirs.status, 404);
  }
  for (const body of [{ role: 'full' }, { role: 'watch' }, { pin: '1234' }]) {
    const [theirs, none] = await Promise.all(
      ['anns', 'none'].map((id) => ben.do('POST', `/api/streamers/${id}/token`, body)),
    );
    assert.deepEqual([theirs?.status, theirs?.body], [404, none?.body]);
  }
  for (const query of ['', '?events=1', '?token=x']) {
    const sockets = ['anns', 'none'].map((id) => server.peer(`/api/streamers/${id}/peer${query}`, ben.headers).refused);
    const [theirs, none] = await Promise.all(sockets);
    assert.deepEqual(theirs, none, query);
  }
  assert.equal((await ann.do('GET', '/api/streamers/anns')).body.connected_peers, 1);
  peer.socket.close();
});

test('users see their own streams; admins and the shared credentials see all', async (context) => {
  const { ann, ben, admin, ...server } = await people(context);
  await ben.do('PUT', '/api/streamers/bens', streamerRequest('bens'));
  assert.deepEqual(await streamersOf(ann), ['anns']);
  assert.deepEqual(await streamersOf(ben), ['bens']);
  assert.deepEqual(await streamersOf(await server.person('a-viewer')), []);
  assert.deepEqual(await streamersOf(admin), ['a', 'anns', 'bens']);
  const { streamers } = (await server.call('GET', '/api/streamers')).body;
  const seen = streamers.map((one: Record<string, unknown>) => [one.streamer_id, one.owner, one.may_manage]);
  assert.deepEqual(seen, [
    ['a', null, true],
    ['anns', 'ann', true],
    ['bens', 'ben', true],
  ]);
  assert.equal((await ann.do('GET', '/api/streamers/anns')).body.owner, 'ann');
  assert.equal((await admin.do('DELETE', '/api/streamers/anns')).status, 204);
  assert.deepEqual(await streamersOf(ann), []);
});

test('an ID used by someone else is taken, whatever happened to the stream, and the stream does not notice', async (context) => {
  const { ann, ben, admin } = await people(context);
  await ann.do('PUT', '/api/streamers/wanted', streamerRequest('wanted'));
  await ann.do('POST', '/api/streamers?wait=false', streamerRequest('failed', { app_id: 2 }));
  await until(async () => (await ann.do('GET', '/api/streamers/failed')).body.status === 'failed');
  for (const id of ['anns', 'wanted', 'failed', 'a']) {
    for (const changes of [{}, { fps: 30 }]) {
      const request = streamerRequest(id, changes);
      const answers = [
        await ben.do('PUT', `/api/streamers/${id}`, request),
        await ben.do('POST', '/api/streamers', request),
      ];
      assert.deepEqual(codes(...answers), [
        [409, 'STREAMER_ID_TAKEN'],
        [409, 'STREAMER_ID_TAKEN'],
      ]);
      assert.deepEqual(answers[0]?.body, answers[1]?.body);
    }
  }
  assert.deepEqual((await streamersOf(ann)).toSorted(), ['anns', 'failed', 'wanted']);
  assert.equal((await ann.do('GET', '/api/streamers/failed')).body.error.code, 'HOST_BUSY');
  // An admin may, and it remains Ann's.
  const again = await admin.do('PUT', '/api/streamers/wanted', streamerRequest('wanted'));
  assert.deepEqual([again.status, again.body.owner], [200, 'ann']);
  const replaced = await admin.do('POST', '/api/streamers', streamerRequest('failed'));
  assert.deepEqual([replaced.status, replaced.body.owner], [200, 'ann']);
});

test('the owner shares with others, who can see it and do what their role allows, and no more', async (context) => {
  const server = await people(context);
  const { ann, ben } = server;
  const unknown = await ann.do('PUT', '/api/streamers/anns/shares/nobody', { role: 'watch' });
  const oneself = await ann.do('PUT', '/api/streamers/anns/shares/ann', { role: 'watch' });
  const role = await ann.do('PUT', '/api/streamers/anns/shares/ben', { role: 'owner' });
  assert.deepEqual(codes(unknown, oneself, role), [
    [404, 'USER_NOT_FOUND'],
    [400, 'BAD_REQUEST'],
    [400, 'BAD_REQUEST'],
  ]);
  const given = await ann.do('PUT', '/api/streamers/anns/shares/BEN', { role: 'watch' });
  assert.deepEqual([given.status, given.body.user, given.body.role, given.body.given_by], [200, 'ben', 'watch', 'ann']);
  assert.deepEqual((await ann.do('GET', '/api/streamers/anns/shares')).body.shares, [given.body]);
  const seen = (await ben.do('GET', '/api/streamers')).body.streamers;
  assert.deepEqual([seen.length, seen[0].owner, seen[0].may_manage], [1, 'ann', false]);
  assert.equal((await ben.do('GET', '/api/streamers/anns')).status, 200);
  assert.equal((await enter(server, ben)).role, 'watch');
  assert.equal(server.sentToWorkers('addPeer').at(-1)?.role, 'watch');
  const text = { events: [{ kind: 'text', text: 'x' }] };
  const peerId = (await ann.do('GET', '/api/streamers/anns')).body.peers[0].peer_id;
  for (const answer of [
    await ben.do('POST', '/api/streamers/anns/token', { role: 'full' }),
    await ben.do('POST', '/api/streamers/anns/input', text),
    await ben.do('DELETE', '/api/streamers/anns'),
    await ben.do('PUT', '/api/streamers/anns', streamerRequest('anns')),
    await ben.do('DELETE', `/api/streamers/anns/peers/${peerId}`),
    await ben.do('GET', '/api/streamers/anns/links'),
    await ben.do('POST', '/api/streamers/anns/links', { role: 'watch' }),
    await ben.do('DELETE', '/api/streamers/anns/links/1'),
    await ben.do('GET', '/api/streamers/anns/shares'),
    await ben.do('PUT', '/api/streamers/anns/shares/ben', { role: 'full' }),
    await ben.do('DELETE', '/api/streamers/anns/shares/ann'),
  ]) {
    assert.deepEqual(codes(answer), [[403, 'FORBIDDEN']]);
  }
  assert.deepEqual(codes(await ben.do('POST', '/api/streamers', streamerRequest('anns'))), [[409, 'STREAMER_EXISTS']]);
  // A higher role than before: viewers already there are not removed for it.
  const watching = (await enter(server, ben)).peer;
  await ann.do('PUT', '/api/streamers/anns/shares/ben', { role: 'full' });
  assert.equal((await enter(server, ben)).role, 'full');
  assert.equal((await ben.do('POST', '/api/streamers/anns/input', text)).status, 200);
  assert.equal(watching.socket.readyState, watching.socket.OPEN);
  // A gamepad role types nothing over REST.
  await ann.do('PUT', '/api/streamers/anns/shares/ben', { role: 'gamepad' });
  assert.deepEqual(codes(await ben.do('POST', '/api/streamers/anns/input', text)), [[403, 'FORBIDDEN']]);
});

test('a share that ends or is reduced removes those who were there with it at once', async (context) => {
  const server = await people(context);
  const { ann, ben, admin } = server;
  const share = (role: string) => ann.do('PUT', '/api/streamers/anns/shares/ben', { role });
  const token = async () => (await ben.do('POST', '/api/streamers/anns/token')).body.token;
  await share('full');
  const [full, unused] = [(await enter(server, ben)).peer, await token()];
  await share('watch');
  assert.deepEqual(await full.closed, REVOKED);
  const { status } = await server.peer(`/api/streamers/anns/peer?token=${unused}`).refused;
  assert.equal(status, 401);
  const [watching, old] = [(await enter(server, ben)).peer, await token()];
  // Sharing the same again changes nothing.
  await share('watch');
  assert.equal(watching.socket.readyState, watching.socket.OPEN);
  assert.equal((await ann.do('DELETE', '/api/streamers/anns/shares/ben')).status, 204);
  assert.deepEqual(await watching.closed, REVOKED);
  assert.equal((await server.peer(`/api/streamers/anns/peer?token=${old}`).refused).status, 401);
  assert.deepEqual(await streamersOf(ben), []);
  assert.deepEqual(codes(await ann.do('DELETE', '/api/streamers/anns/shares/ben')), [[404, 'SHARE_NOT_FOUND']]);
  // It ends with whoever gave it, and with the stream.
  await admin.do('PUT', '/api/streamers/anns/shares/ben', { role: 'watch' });
  const byAdmin = (await enter(server, ben)).peer;
  await server.call('PATCH', '/api/users/a-admin', { role: 'user' });
  assert.deepEqual(await byAdmin.closed, REVOKED);
  assert.deepEqual(await streamersOf(ben), []);
  await server.call('PATCH', '/api/users/a-admin', { role: 'admin' });
  assert.deepEqual(await streamersOf(ben), []);
  await share('watch');
  await ann.do('DELETE', '/api/streamers/anns');
  await ann.do('POST', '/api/streamers', streamerRequest('anns'));
  assert.deepEqual(await streamersOf(ben), []);
});

test('an account with the role viewer can only watch what is shared with it, whatever the share allows', async (context) => {
  const server = await people(context);
  const viewer = await server.person('a-viewer');
  await server.ann.do('PUT', '/api/streamers/anns/shares/a-viewer', { role: 'full' });
  assert.deepEqual(await streamersOf(viewer), ['anns']);
  assert.equal((await enter(server, viewer)).role, 'watch');
});

test('what an API token starts belongs to its user, and it can reach what its user can', async (context) => {
  const { ann, ben, admin, ...server } = await people(context);
  const tokenOf = async (who: Person, scopes: string[]): Promise<Person> => {
    const { body } = await who.do('POST', '/api/tokens', { name: 't', scopes });
    const headers = { authorization: `Bearer ${body.token}` };
    return { headers, do: (method, path, asked) => server.as(headers, method, path, asked) };
  };
  const program = await tokenOf(ben, ['streamers:read', 'streamers:write']);
  const made = await program.do('PUT', '/api/streamers/bens', streamerRequest('bens'));
  assert.equal(made.body.owner, 'ben');
  assert.deepEqual(await streamersOf(ben), ['bens']);
  assert.deepEqual(await streamersOf(program), ['bens']);
  assert.equal((await program.do('DELETE', '/api/streamers/anns')).status, 404);
  const reading = await tokenOf(admin, ['streamers:read']);
  assert.deepEqual(await streamersOf(reading), ['a', 'anns', 'bens']);
  assert.equal((await reading.do('GET', '/api/streamers/anns')).body.may_manage, false);
  const everybody = {
    headers: {},
    do: (method: string, path: string, asked?: unknown) => server.call(method, path, asked),
  };
  const platform = await tokenOf(everybody, ['streamers:read', 'streamers:write']);
  assert.deepEqual(await streamersOf(platform), ['a', 'anns', 'bens']);
  assert.equal((await platform.do('POST', '/api/streamers', streamerRequest('p'))).body.owner, null);
  assert.deepEqual(await streamersOf(ann), ['anns']);
  // A share made with a token ends with the token.
  const { body: token } = await ann.do('POST', '/api/tokens', { name: 's', scopes: ['streamers:write'] });
  const sharing = { authorization: `Bearer ${token.token}` };
  await server.as(sharing, 'PUT', '/api/streamers/anns/shares/ben', { role: 'watch' });
  assert.deepEqual(await streamersOf(ben), ['anns', 'bens']);
  await ann.do('DELETE', `/api/tokens/${token.id}`);
  assert.deepEqual(await streamersOf(ben), ['bens']);
});

test('nothing given for a stream gives access to a later one of the same name', async (context) => {
  const server = await people(context);
  const { ann, ben, admin } = server;
  const linkBy = async (who: Person) => {
    const { body } = await who.do('POST', '/api/streamers/anns/links', { role: 'full' });
    const token = new URLSearchParams(new URL(body.url).hash.slice(1)).get('token');
    return { authorization: `Bearer ${token}` };
  };
  const links = [await linkBy(ann), await linkBy(admin)];
  const join = (headers: Record<string, string>) => server.as(headers, 'POST', '/api/streamers/anns/token');
  const renewals = await Promise.all(links.map(join));
  const sockets = [
    (await ann.do('POST', '/api/streamers/anns/token')).body.token,
    ...renewals.map(({ body }) => body.token),
  ];
  // Ended without its links: nobody was watching, or the server was restarted.
  await server.server.streamers.delete('anns');
  assert.equal((await ben.do('POST', '/api/streamers', streamerRequest('anns'))).body.owner, 'ben');
  for (const headers of links) assert.equal((await join(headers)).status, 401);
  for (const { body } of renewals) {
    const answer = await join({ authorization: `Bearer ${body.renewal}` });
    assert.deepEqual(codes(answer), [[403, 'ACCESS_REVOKED']]);
  }
  for (const token of sockets) {
    assert.equal((await server.peer(`/api/streamers/anns/peer?token=${token}`).refused).status, 401);
  }
  assert.deepEqual((await ben.do('GET', '/api/streamers/anns/links')).body.links, []);
  assert.equal((await ann.do('GET', '/api/streamers/anns')).status, 404);
});

test('a former admin’s links to other users’ streams end with the role', async (context) => {
  const server = await people(context);
  const { body } = await server.admin.do('POST', '/api/streamers/anns/links', { role: 'watch' });
  const token = new URLSearchParams(new URL(body.url).hash.slice(1)).get('token');
  const headers = { authorization: `Bearer ${token}` };
  const joined = (await server.as(headers, 'POST', '/api/streamers/anns/token')).body;
  const peer = server.peer(`/api/streamers/anns/peer?token=${joined.token}`);
  await peer.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
  await server.call('PATCH', '/api/users/a-admin', { role: 'user' });
  assert.deepEqual(await peer.closed, REVOKED);
  assert.equal((await server.as(headers, 'POST', '/api/streamers/anns/token')).status, 401);
});

test('the streams of a removed user continue for admins only, and do not belong to a new user of that name', async (context) => {
  const { ben, admin, ann, ...server } = await people(context);
  await ann.do('PUT', '/api/streamers/anns/shares/ben', { role: 'full' });
  await server.call('DELETE', '/api/users/ann');
  assert.deepEqual(await streamersOf(ben), []);
  assert.equal((await admin.do('GET', '/api/streamers/anns')).body.owner, null);
  await server.call('POST', '/api/users', { name: 'ann', password: PASSWORD, role: 'user' });
  assert.deepEqual(await streamersOf(await server.person('ann')), []);
});

test('events are sent to those who may see the stream, including missed ones', async (context) => {
  const server = await people(context);
  const { ann, ben, admin } = server;
  const anns = await EventReader.open(context, server.url, { ...ann.headers, authorization: '' });
  const bens = await EventReader.open(context, server.url, { ...ben.headers, authorization: '' });
  await ben.do('POST', '/api/streamers', streamerRequest('bens'));
  const seen = await bens.event(({ data }) => data.status === 'active');
  await ann.do('DELETE', '/api/streamers/anns');
  await anns.event(({ type }) => type === 'streamer.ended');
  const of = (reader: EventReader) => [...new Set(reader.seen.flatMap(({ data }) => data.streamer_id ?? []))];
  assert.deepEqual(of(anns), ['anns']);
  // The next one of that name is Ben's: he gets no events of Ann's, and she gets none of his.
  await ben.do('POST', '/api/streamers', streamerRequest('anns'));
  await bens.event(({ data }) => data.streamer_id === 'anns' && data.status === 'active');
  const missed = await EventReader.open(context, server.url, {
    ...ben.headers,
    authorization: '',
    'last-event-id': seen.id,
  });
  await missed.event(({ data }) => data.streamer_id === 'anns' && data.status === 'active');
  assert.equal(missed.seen[0]?.type, 'streamer.created');
  const toAnn = await EventReader.open(context, server.url, {
    ...ann.headers,
    authorization: '',
    'last-event-id': anns.seen.at(-1)!.id,
  });
  // Ann is told about the share, and nothing earlier.
  await ben.do('PUT', '/api/streamers/bens/shares/ann', { role: 'watch' });
  const shared = await toAnn.event(({ type }) => type === 'streamer.shared');
  assert.deepEqual([shared.data.streamer_id, shared.data.user, shared.data.role], ['bens', 'ann', 'watch']);
  await ben.do('DELETE', '/api/streamers/bens/shares/ann');
  await toAnn.event(({ data }) => data.type === 'streamer.shared' && data.role === null);
  await ben.do('DELETE', '/api/streamers/bens');
  const all = await EventReader.open(context, server.url, {
    ...admin.headers,
    authorization: '',
    'last-event-id': seen.id,
  });
  await all.event(({ data }) => data.type === 'streamer.ended' && data.streamer_id === 'bens');
  assert.deepEqual(new Set(of(all)), new Set(['anns', 'bens']));
  assert.deepEqual(
    toAnn.seen.map(({ type }) => type),
    ['streamer.shared', 'streamer.shared'],
  );
  assert.deepEqual(of(anns), ['anns', 'bens']);
});

test('metrics name only the streams that the caller may see', async (context) => {
  const { ben, admin, ...server } = await people(context);
  await ben.do('POST', '/api/streamers', streamerRequest('bens'));
  const named = async (headers: Record<string, string>) => {
    const text = await (await fetch(`${server.url}/metrics`, { headers })).text();
    assert.match(text, /^moonshare_streamers\{status="active"\} 3$/m);
    return [...new Set([...text.matchAll(/streamer="([^"]*)"/g)].map(([, id]) => id))].toSorted();
  };
  assert.deepEqual(await named(admin.headers), ['a', 'anns', 'bens']);
  assert.deepEqual(await named(ben.headers), ['bens']);
});

test('legacy sessions are listed for those who may see them', async (context) => {
  const server = await people(context);
  const init = { ...streamerRequest('x'), credentials: 'the-shared-credentials', mode: 'keepalive', session_id: 's' };
  const socket = server.peer('/api/host/stream');
  await socket.opened;
  socket.send({ AuthenticateAndInit: init });
  await socket.message((message) => JSON.stringify(message).includes('ConnectionComplete'));
  const sessions = async (who: Person) => (await who.do('GET', '/api/sessions')).body.sessions.length;
  assert.deepEqual([await sessions(server.admin), await sessions(server.ann)], [1, 0]);
  const legacy = (await streamersOf(server.admin)).find((id) => id.startsWith('legacy-'))!;
  await server.admin.do('PUT', `/api/streamers/${legacy}/shares/ann`, { role: 'watch' });
  assert.equal(await sessions(server.ann), 1);
  socket.socket.close();
});

test('owners and shares of desired streams survive a restart; a posted stream’s name belongs to whoever uses it next', async (context) => {
  const data = mkdtempSync(join(tmpdir(), 'moonshare-owners-'));
  let second: TestServer | undefined;
  // Before the first one's hook, which removes the data that streamers of the second still write to.
  context.after(() => second?.server.close());
  const server = await people(context, { MOONSHARE_DATA: data });
  await server.ann.do('PUT', '/api/streamers/wanted', streamerRequest('wanted'));
  for (const id of ['wanted', 'anns']) {
    await server.ann.do('PUT', `/api/streamers/${id}/shares/ben`, { role: 'watch' });
  }
  await server.server.close();
  const environment = { MOONSHARE_DATA: data, MOONSHARE_STREAMER_ACCESS: 'owners', ...PIN };
  const next = await startTestServer(context, environment, { hosts: server.hosts });
  second = next;
  // Logins survive too.
  const as = (person: Person, method: string, path: string, body?: unknown) =>
    next.call(method, path, body, {
      authorization: '',
      cookie: person.headers.cookie!,
      origin: new URL(next.url).origin,
    });
  const ids = async (person: Person) =>
    (await as(person, 'GET', '/api/streamers')).body.streamers.map((one: { streamer_id: string }) => one.streamer_id);
  assert.deepEqual(await ids(server.ann), ['wanted']);
  assert.deepEqual(await ids(server.ben), ['wanted']);
  assert.equal((await as(server.ann, 'GET', '/api/streamers/wanted')).body.owner, 'ann');
  assert.deepEqual(codes(await as(server.ben, 'PUT', '/api/streamers/wanted', streamerRequest('wanted'))), [
    [403, 'FORBIDDEN'],
  ]);
  await as(server.ann, 'POST', '/api/streamers', streamerRequest('anns'));
  assert.deepEqual(await ids(server.ben), ['wanted']);
});

test('with streamerAccess everyone all users can reach all streams, as before', async (context) => {
  const server = await people(context, { MOONSHARE_STREAMER_ACCESS: 'everyone' });
  const { ben } = server;
  assert.deepEqual(await streamersOf(ben), ['a', 'anns']);
  const seen = (await ben.do('GET', '/api/streamers/anns')).body;
  assert.deepEqual([seen.owner, seen.may_manage], ['ann', true]);
  assert.equal((await enter(server, ben)).role, 'full');
  const { body } = await ben.do('POST', '/api/streamers/anns/links', { role: 'full' });
  const token = new URLSearchParams(new URL(body.url).hash.slice(1)).get('token');
  const joined = await server.as({ authorization: `Bearer ${token}` }, 'POST', '/api/streamers/anns/token');
  assert.equal(joined.status, 200);
  assert.deepEqual(codes(await ben.do('POST', '/api/streamers', streamerRequest('anns'))), [[409, 'STREAMER_EXISTS']]);
  assert.equal((await ben.do('DELETE', '/api/streamers/anns')).status, 204);
});

test('a user cannot get at what another has left on the host by using its client_unique_id', async (context) => {
  const { ann, ben, ...server } = await people(context);
  const request = streamerRequest('mine', { client_unique_id: 'client' });
  const certificate = () => {
    const { identity } = server.sentToWorkers('init').at(-1) as { identity: { certificate: string } };
    return identity.certificate;
  };
  await ann.do('POST', '/api/streamers', request);
  const anns = certificate();
  await ann.do('DELETE', '/api/streamers/mine');
  await ben.do('POST', '/api/streamers', { ...request, streamer_id: 'other' });
  await ben.do('DELETE', '/api/streamers/other');
  await ann.do('POST', '/api/streamers', request);
  assert.equal(certificate(), anns);
});
