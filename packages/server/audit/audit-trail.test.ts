import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runCommand } from '../cli/testing/run-command.ts';
import { accountServer, PASSWORD } from '../testing/account-server.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { CREDENTIALS } from '../testing/test-server.ts';
import { AUDIT_FOLDER } from './trail-files.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests know their types.
type Seen = any;

/** A server whose trail can be read with the command once the server has stopped. */
async function audited(context: TestContext, environment: Record<string, string> = {}) {
  const data = temporaryDirectory(context, 'audit');
  const settings = { MOONSHARE_DATA: data };
  const server = await accountServer(context, { ...settings, MOONSHARE_TRUSTED_PROXIES: '127.0.0.1', ...environment });
  const command = (...args: string[]) => runCommand(['audit', ...args], settings);
  return {
    ...server,
    data,
    command,
    stop: () => server.server.close(),
    /** The matching records, without what only the chain needs. */
    records: async (...args: string[]): Promise<Seen[]> => {
      const { records } = JSON.parse((await command('--json', '--limit', '5000', ...args)).out);
      return records.map(({ seq: _seq, previous: _previous, at: _at, ...rest }: Seen) => rest);
    },
  };
}

/** All text of the trail. */
const textOf = (data: string) =>
  readdirSync(join(data, AUDIT_FOLDER))
    .map((name) => readFileSync(join(data, AUDIT_FOLDER, name), 'utf8'))
    .join('');

const ADDRESS = '203.0.113.9';
const FROM = { 'x-forwarded-for': ADDRESS };

test('the trail says who did what, in order, on whose account and from where', async (context) => {
  const { as, records, stop, socket, workers, ...server } = await audited(context);
  const credentials = { ...FROM, authorization: `Bearer ${CREDENTIALS}` };
  const { body: token } = await as(credentials, 'POST', '/api/tokens', {
    name: 'bot',
    scopes: ['streamers:read', 'streamers:write'],
  });
  const agent = { ...FROM, authorization: `Bearer ${token.token}` };
  await as(agent, 'PUT', '/api/streamers/a/control', { policy: 'exclusive' });
  await as(agent, 'POST', '/api/streamers/a/control', { action: 'request', participant: 'Robby' });
  const typed = { kind: 'text', text: 'hunter2' };
  for (let n = 0; n < 3; n++)
    await as(agent, 'POST', '/api/streamers/a/input', { participant: 'Robby', events: [typed] });
  const actions = [
    { action: 'left_click', coordinate: [10, 10] },
    { action: 'left_click', coordinate: [20, 10] },
    { action: 'type', text: 'what an agent types' },
  ];
  assert.equal((await as(agent, 'POST', '/api/streamers/a/actions', { participant: 'Robby', actions })).status, 200);
  await as(agent, 'DELETE', '/api/host?host_id=0');
  const { cookie } = await server.logIn('a-user');
  const joined = await as({ ...FROM, ...server.page(cookie) }, 'POST', '/api/streamers/a/token', {});
  const peer = await socket(joined.body.token);
  const { participants } = (await as(agent, 'GET', '/api/streamers/a/participants')).body;
  const { participant_id } = participants.find(({ name }: Seen) => name === 'a-user');
  workers[0]!.report({ type: 'inputCounts', participant: participant_id, counts: { key: 12, mouseMove: 300 } });
  peer.socket.close();
  await peer.closed;
  await server.call('DELETE', '/api/streamers/a');
  await stop();

  const by = { kind: 'token', token: token.id, user: null };
  const address = ADDRESS;
  const path = '/api/streamers/:id';
  const robby = (await records('--event', 'participant.joined'))[0]!.participant;
  assert.deepEqual([robby.name, robby.kind], ['Robby', 'agent']);
  const own = (await records('--by', `token:${token.id}`)).map(({ from: _from, ...rest }) => rest);
  assert.deepEqual(own, [
    { event: 'request', by, address, call: `PUT ${path}/control`, streamer: 'a', policy: 'exclusive', status: 200 },
    { event: 'participant.joined', by, streamer: 'a', participant: robby },
    {
      event: 'request',
      by,
      address,
      call: `POST ${path}/control`,
      streamer: 'a',
      action: 'request',
      participant: 'Robby',
      status: 200,
    },
    // What is refused is there too.
    { event: 'request', by, address, call: 'DELETE /api/host', status: 403, code: 'FORBIDDEN' },
    { event: 'request', by, address, call: `POST ${path}/input`, streamer: 'a', status: 200, count: 3 },
    { event: 'actions', by, streamer: 'a', participant: robby, count: 1, counts: { click: 2, type: 1 } },
    { event: 'request', by, address, call: `POST ${path}/actions`, streamer: 'a', status: 200, count: 1 },
  ]);
  const [got] = await records('--event', 'control.changed', '--by', 'Robby');
  assert.deepEqual([got.streamer, got.policy, got.holder], ['a', 'exclusive', robby]);
  const person = { participant_id, name: 'a-user', kind: 'person' };
  const viewed = await records('--event', 'viewer');
  assert.deepEqual(
    viewed.map(({ event, by, participant, role }) => [event, by, participant, role]),
    [
      ['viewer.joined', { kind: 'user', user: 'a-user' }, person, 'full'],
      ['viewer.left', { kind: 'user', user: 'a-user' }, person, undefined],
    ],
  );
  const [sums] = await records('--event', 'input');
  assert.deepEqual([sums.participant, sums.counts], [person, { key: 12, mouseMove: 300 }]);
  const all = await records();
  assert.deepEqual([all[0].event, all.at(-1).event], ['server.started', 'server.stopped']);
  const happened = new Set(all.map(({ event }) => event));
  for (const event of ['streamer.created', 'streamer.ended', 'user.created', 'token.created', 'login', 'host.pairing'])
    assert.ok(happened.has(event), event);
  const verified = await server.command('verify', '--json');
  assert.deepEqual([verified.code, JSON.parse(verified.out).findings], [0, []]);
});

test('no secret and nothing that people type gets into the trail', async (context) => {
  const secrets = { MOONSHARE_TURN_SECRET: 'turn-secret-97', MOONSHARE_TURN_URLS: 'turn:turn.example' };
  const { as, call, link, join: joinBy, data, stop, socket, ...server } = await audited(context, secrets);
  const first = await link({ role: 'full', pin: '4711' });
  await as(first.headers, 'POST', '/api/streamers/a/token', { pin: '8153' });
  const peerToken = (await joinBy(first.headers, { pin: '4711' })).body.token;
  await socket(peerToken);
  const { cookie } = await server.logIn('a-admin');
  await server.logIn('a-user', 'wrong-password-31');
  const { body: token } = await call('POST', '/api/tokens', { name: 'x', scopes: ['admin'] });
  const bearer = { authorization: `Bearer ${token.token}` };
  await as(bearer, 'POST', '/api/users', { name: 'eve', password: 'another-password-57', role: 'user' });
  await as(bearer, 'PATCH', '/api/users/eve', { password: 'changed-password-58' });
  const events = [{ kind: 'text', text: 'typed-text-73' }];
  assert.equal((await as(bearer, 'POST', '/api/streamers/a/input', { events })).status, 200);
  await as(bearer, 'POST', '/api/streamers/a/control', { action: 'nonsense-61', password: 'in-a-bad-body-62' });
  const hook = { url: 'https://hooks.example/path-secret-91', events: ['streamer.ended'] };
  const { body: webhook } = await as(bearer, 'POST', '/api/webhooks', hook);
  await as({ authorization: 'Bearer guessed-credentials-83' }, 'GET', '/api/hosts');
  await as(bearer, 'DELETE', `/api/users/${'p'.repeat(200)}-in-a-path-64`);
  await stop();
  const text = textOf(data);
  assert.ok(text.includes('"login.failed"') && text.includes('"pin.failed"') && text.includes('"user.changed"'));
  const planted = ['4711', '8153', first.token, peerToken, cookie.split('=')[1]!, token.token, CREDENTIALS, PASSWORD];
  const typed = [
    'wrong-password-31',
    'another-password-57',
    'changed-password-58',
    'typed-text-73',
    'guessed-credentials-83',
  ];
  const misplaced = [webhook.secret, 'path-secret-91', 'nonsense-61', 'in-a-bad-body-62', 'in-a-path-64'];
  // A PIN is four digits, which hashes contain too.
  const plain = text.replaceAll(/[0-9a-f]{64}/g, '').replaceAll(/"at":"[^"]*"|"from":"[^"]*"|[0-9a-f-]{36}/g, '');
  for (const secret of [...planted, ...typed, ...misplaced, 'turn-secret-97', '"1234"'])
    assert.ok(!plain.includes(secret), secret);
  assert.match(plain, /"turnSecret":"\*\*\*"/);
});

test('verify says what was tampered with and where, and exits with 1', async (context) => {
  const { data, stop, command } = await audited(context);
  await stop();
  const fine = await command('verify');
  assert.match(
    fine.out,
    /^Records 1 to \d+ \(\d+ in 1 files\): nothing was changed, removed or moved\.\nHead: \d+:[0-9a-f]{64}$/,
  );
  assert.equal(fine.code, 0);
  const folder = join(data, AUDIT_FOLDER);
  const name = readdirSync(folder).find((file) => file.endsWith('.jsonl'))!;
  const path = join(folder, name);
  const lines = readFileSync(path, 'utf8').split('\n');
  writeFileSync(path, lines.with(2, lines[2]!.replace('"event":"', '"event":"x')).toSpliced(4, 1).join('\n'));
  const found = await command('verify');
  assert.equal(found.code, 1);
  assert.match(found.out, new RegExp(`^- Record 3 was changed \\(${name}, line 3\\)\\.$`, 'm'));
  assert.match(found.out, new RegExp(`^- Record 5 is missing before this line \\(${name}, line 5\\)\\.$`, 'm'));
  const [head] = fine.out.match(/\d+:[0-9a-f]{64}/)!;
  assert.equal((await command('verify', '--head', head)).code, 1);
  assert.equal((await command('verify', '--head', 'x')).code, 2);
  assert.equal((await command('--since', 'yesterday')).code, 2);
  assert.match((await command('--event', 'server', '--limit', '1')).out, /^\S+ +server\.stopped +- +-$/m);
});

test('without the setting there is no trail', async (context) => {
  const { data, stop, command } = await audited(context, { MOONSHARE_AUDIT: 'false' });
  await stop();
  assert.ok(!existsSync(join(data, AUDIT_FOLDER)));
  assert.deepEqual(await command('verify'), { code: 1, out: 'There is no audit trail.', error: '' });
});

test('a server whose trail cannot be written works all the same, and says so', async (context) => {
  const data = temporaryDirectory(context, 'audit');
  writeFileSync(join(data, AUDIT_FOLDER), 'a file is in the way');
  const errors: string[] = [];
  const { call, url } = await accountServer(
    context,
    { MOONSHARE_DATA: data },
    { logged: ({ fields }) => fields.level >= 50 && errors.push(fields.msg) },
  );
  assert.equal((await call('GET', '/api/streamers/a')).status, 200);
  assert.equal((await fetch(`${url}/readyz`)).status, 200);
  const metrics = await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${CREDENTIALS}` } })).text();
  assert.match(metrics, /^moonshare_audit_writable 0$/m);
  assert.deepEqual(errors, ['the audit trail cannot be written']);
});
