import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type AccountServer, accountServer, PASSWORD } from '../testing/account-server.ts';
import { CREDENTIALS, type LogLine } from '../testing/test-server.ts';
import { SECURITY_EVENTS } from './events.ts';

interface Watched extends AccountServer {
  /** The security events in the log, oldest first, without level, time and message. */
  seen(): Record<string, unknown>[];
  /** How often the metric has counted each event. */
  counted(): Promise<Map<string, number>>;
  lines: LogLine[];
}

async function watched(context: TestContext, environment: Record<string, string> = {}): Promise<Watched> {
  const lines: LogLine[] = [];
  const proxied = { MOONSHARE_TRUSTED_PROXIES: '127.0.0.1', ...environment };
  const server = await accountServer(context, proxied, { logged: (line) => lines.push(line) });
  return {
    ...server,
    lines,
    seen: () =>
      lines
        .filter(({ fields }) => 'event' in fields)
        .map(({ fields: { level, time, msg, ...rest } }) => {
          assert.equal(level, 30);
          return rest;
        }),
    counted: async () => {
      const headers = { authorization: `Bearer ${CREDENTIALS}` };
      const text = await (await fetch(`${server.url}/metrics`, { headers })).text();
      const found = text.matchAll(/^moonshare_security_events_total\{event="([\w.]+)"\} (\d+)$/gm);
      return new Map([...found].map(([, event, count]) => [event!, Number(count)]));
    },
  };
}

const FROM = { 'x-forwarded-for': '203.0.113.9' };
const address = '203.0.113.9';

test('each security event writes one line at info with its address, and is counted', async (context) => {
  const server = await watched(context);
  const { as, call, lines, seen } = server;
  lines.length = 0;
  const credentials = { ...FROM, authorization: `Bearer ${CREDENTIALS}` };
  const origin = new URL(server.url).origin;

  await as(FROM, 'POST', '/api/login', { user: 'A-USER', password: 'wrong' });
  await as(FROM, 'POST', '/api/login', { user: 'nobody here', password: 'wrong' });
  const login = await as(FROM, 'POST', '/api/login', { user: 'a-user', password: PASSWORD });
  const page = { ...FROM, origin, cookie: login.headers.get('set-cookie')!.split(';')[0]! };
  const link = (await as(page, 'POST', '/api/streamers/a/links', { role: 'watch', pin: '4711' })).body;
  const secret = new URLSearchParams(new URL(link.url).hash.slice(1)).get('token')!;
  const byLink = { ...FROM, authorization: `Bearer ${secret}` };
  await as(byLink, 'POST', '/api/streamers/a/token', { pin: '0000' });
  const joined = (await as(byLink, 'POST', '/api/streamers/a/token', { pin: '4711' })).body;
  const peer = server.peer(`/api/streamers/a/peer?token=${joined.token}`, FROM);
  await peer.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
  const viewer = (await call('GET', '/api/streamers/a')).body.peers[0].peer_id;
  await as(page, 'DELETE', `/api/streamers/a/peers/${viewer}`);
  await peer.closed;
  await as(page, 'DELETE', `/api/streamers/a/links/${link.id}`);
  await as(byLink, 'POST', '/api/streamers/a/token', { pin: '4711' });
  await server.peer('/api/streamers/a/peer?token=wrong', FROM).refused;
  await as({ ...FROM, authorization: 'Bearer guess' }, 'GET', '/api/hosts');
  const token = (await as(page, 'POST', '/api/tokens', { name: 'x', scopes: ['streamers:read'] })).body;
  await as(page, 'DELETE', `/api/tokens/${token.id}`);
  const other = (await as(page, 'POST', '/api/streamers/a/links', { role: 'full' })).body;
  await as(credentials, 'POST', '/api/users', { name: 'eve', password: PASSWORD, role: 'viewer' });
  await as(credentials, 'PATCH', '/api/users/eve', { role: 'user' });
  await as(page, 'POST', '/api/logout');
  await as(credentials, 'PATCH', '/api/users/A-USER', { role: 'viewer', password: `${PASSWORD}!` });
  await as(credentials, 'DELETE', '/api/users/eve');
  const streamer = 'a';
  const by = 'a-user';
  assert.deepEqual(seen(), [
    { event: 'login.failed', address, user: 'a-user' },
    { event: 'login.failed', address, user: null },
    { event: 'login', address, with: 'password', user: by },
    { event: 'link.created', address, link: link.id, streamer, role: 'watch', by },
    { event: 'pin.failed', address, link: link.id, streamer },
    { event: 'link.used', address, link: link.id, streamer, role: 'watch' },
    { event: 'viewer.kicked', address, viewer, streamer, by },
    { event: 'link.revoked', address, link: link.id, streamer, by },
    { event: 'token.refused', address },
    { event: 'token.refused', address },
    { event: 'credentials.failed', address },
    { event: 'token.created', address, token: token.id, scopes: ['streamers:read'], by },
    { event: 'token.revoked', address, token: token.id, by },
    { event: 'link.created', address, link: other.id, streamer, role: 'full', by },
    { event: 'user.created', address, user: 'eve', role: 'viewer', by: null },
    { event: 'user.changed', address, user: 'eve', role: 'user', password: false, by: null },
    { event: 'logout', address, user: by },
    // Its creator may no longer create any.
    { event: 'link.ended', address: null, link: other.id, streamer },
    { event: 'user.changed', address, user: by, role: 'viewer', password: true, by: null },
    { event: 'user.removed', address, user: 'eve', by: null },
  ]);
  const counted = await server.counted();
  assert.deepEqual([...counted.keys()], Object.keys(SECURITY_EVENTS));
  assert.deepEqual([counted.get('login.failed'), counted.get('link.created'), counted.get('limit.reached')], [2, 2, 0]);
});

test('right and wrong credentials sent over a socket are recorded too, on both kinds of socket', async (context) => {
  const { peer, lines, seen } = await watched(context);
  lines.length = 0;
  const say = async (path: string, credentials: string) => {
    const socket = peer(path, FROM);
    await socket.opened;
    socket.send({ AuthenticateAndInit: { credentials, host_id: 0, app_id: 99 } });
    return socket;
  };
  await (await say('/api/streamers/a/peer', 'wrong')).closed;
  await (await say('/api/host/stream', 'wrong')).closed;
  const right = await say('/api/streamers/a/peer', CREDENTIALS);
  await right.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
  await (await say('/api/host/stream', CREDENTIALS)).closed;
  const login = { event: 'login', address, with: 'credentials', user: null };
  assert.deepEqual(seen(), [
    { event: 'credentials.failed', address },
    { event: 'credentials.failed', address },
    login,
    login,
  ]);
});

test('reaching a limit is recorded with the name of the limit', async (context) => {
  const { as, seen } = await watched(context);
  for (let i = 0; i < 8; i++) await as(FROM, 'POST', '/api/login', { user: 'a-user', password: 'wrong' });
  for (let i = 0; i < 30; i++) await as({ ...FROM, authorization: `Bearer guess-${i}` }, 'GET', '/api/hosts');
  const limits = seen().filter(({ event }) => event === 'limit.reached');
  assert.deepEqual([...new Set(limits.map(({ limit }) => limit))], ['logins', 'credentials']);
  assert.ok(limits.every((line) => line.address === address));
});

test('nothing that a stranger sends gets into a line, neither a name nor an address', async (context) => {
  const { as, lines } = await watched(context);
  lines.length = 0;
  const forged = '{"level":30,"time":1,"event":"login.failed","address":"192.0.2.1"}';
  const names = [
    `x\n${forged}\n`,
    `a-user","address":"192.0.2.1`,
    `\u2028${forged}`,
    `\r\n${forged}`,
    '\u0000\u001b[2K',
  ];
  for (const user of names) {
    await as({ 'x-forwarded-for': `${names.indexOf(user) + 1}.0.0.1` }, 'POST', '/api/login', { user, password: 'x' });
  }
  // A header that is not an address belongs to no one.
  await as({ 'x-forwarded-for': '"},192.0.2.1"' }, 'POST', '/api/login', { user: 'x', password: 'x' });
  assert.equal(lines.filter(({ fields }) => fields.event === 'login.failed').length, names.length + 1);
  for (const { text } of lines) {
    assert.equal(text.indexOf('\n'), text.length - 1);
    assert.ok(!text.includes('192.0.2.1') && !/[^\x20-\x7e\n]/.test(text), text);
  }
});

test('repeated failures cannot fill the disk, and the metric counts them all', async (context) => {
  const { as, seen, counted, lines } = await watched(context);
  lines.length = 0;
  const forged = { ...FROM, authorization: `Bearer mst_1_${'x'.repeat(43)}` };
  for (let i = 0; i < 60; i++) await as(forged, 'GET', '/api/hosts');
  await as({ ...forged, 'x-forwarded-for': '203.0.113.10' }, 'GET', '/api/hosts');
  assert.equal(seen().filter((line) => line.address === address).length, 20);
  assert.equal(seen().at(-1)?.address, '203.0.113.10');
  assert.equal((await counted()).get('token.refused'), 61);
});
