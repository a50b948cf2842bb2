// Attacks from several addresses of this machine (Linux accepts all of 127.0.0.0/8), and whether others notice them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { type AccountServer, accountServer } from '../testing/account-server.ts';
import { CREDENTIALS, startTestServer, streamerRequest } from '../testing/test-server.ts';

const PEER = '/api/streamers/a/peer';

function open(context: TestContext, url: string, from: string, bytes = ''): Socket {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port), localAddress: from });
  socket.on('error', () => {});
  context.after(() => socket.destroy());
  socket.write(bytes);
  return socket;
}

/** The status that an honest browser gets at this address; 0 if it was cut off. */
async function ask(context: TestContext, url: string, from: string): Promise<number> {
  const socket = open(context, url, from, 'GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  return Number(/^HTTP\/1\.1 (\d+)/.exec(await text(socket).catch(() => ''))?.[1] ?? 0);
}

/** A peer socket from this address, until it has reached the streamer (null) or been refused (the reason). */
function join(
  context: TestContext,
  url: string,
  from: string,
  token: string,
): { socket: WebSocket; in: Promise<string | null> } {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${PEER}?token=${token}`, { localAddress: from });
  context.after(() => socket.terminate());
  socket.on('error', () => {});
  const joined = once(socket, 'message').then(() => null);
  const closed = once(socket, 'close').then(([code, reason]) => `${code} ${reason}`);
  return { socket, in: Promise.race([joined, closed]) };
}

async function tokenOf(server: AccountServer, link: { headers: Record<string, string> }): Promise<string> {
  return (await server.join(link.headers)).body.token;
}

test('seventy silent sockets do not keep anyone else from sending the credentials', async (context) => {
  const server = await accountServer(context);
  const silent = Array.from({ length: 70 }, () => {
    const socket = new WebSocket(server.url.replace('http', 'ws') + PEER, { localAddress: '127.0.0.2' });
    context.after(() => socket.terminate());
    return once(socket, 'open');
  });
  await Promise.all(silent);
  const honest = server.peer(PEER);
  await honest.opened;
  honest.send({ AuthenticateAndInit: { credentials: CREDENTIALS } });
  await honest.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
});

test('nor do silent sockets from as many addresses as there are seats', async (context) => {
  const server = await accountServer(context);
  const silent = Array.from({ length: 70 }, (_, i) => {
    const socket = new WebSocket(server.url.replace('http', 'ws') + PEER, { localAddress: `127.0.1.${i}` });
    context.after(() => socket.terminate());
    return once(socket, 'open');
  });
  await Promise.all(silent);
  const honest = server.peer(PEER);
  await honest.opened;
  honest.send({ AuthenticateAndInit: { credentials: CREDENTIALS } });
  await honest.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
});

/** What holds a connection without belonging to anyone. */
const HOLDING = {
  'silent sockets': '',
  'half a request head': 'GET /healthz HTTP/1.1\r\nHost: a\r\nX-',
  'half a request body': 'POST /api/login HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{',
  'idle connections': 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n',
  'unread responses': 'GET /api/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(20),
};

for (const [what, bytes] of Object.entries(HOLDING)) {
  test(`when all connections are held by ${what}, others still get in`, async (context) => {
    const { url } = await startTestServer(context, { MOONSHARE_MAX_CONNECTIONS: '100' });
    const held = Array.from({ length: 150 }, (_, i) => {
      const socket = open(context, url, `127.0.0.${2 + (i % 3)}`, bytes);
      socket.pause();
      return Promise.race([once(socket, 'connect'), once(socket, 'close')]);
    });
    await Promise.all(held);
    for (let i = 0; i < 5; i++) assert.equal(await ask(context, url, '127.0.0.9'), 200);
  });
}

test('authorized connections are not displaced by a flood from many addresses', async (context) => {
  const server = await accountServer(context, { MOONSHARE_MAX_CONNECTIONS: '60' });
  const events = open(
    context,
    server.url,
    '127.0.0.3',
    `GET /api/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${CREDENTIALS}\r\n\r\n`,
  );
  await once(events, 'data');
  const viewer = join(context, server.url, '127.0.0.4', await tokenOf(server, await server.link({ role: 'full' })));
  assert.equal(await viewer.in, null);
  const flood = Array.from({ length: 100 }, (_, i) => once(open(context, server.url, `127.0.1.${i}`), 'connect'));
  await Promise.all(flood);
  assert.equal(await ask(context, server.url, '127.0.0.9'), 200);
  assert.equal(viewer.socket.readyState, WebSocket.OPEN);
  assert.equal(events.closed, false);
});

test('one watch link and its addresses leave seats for other links, for viewers who control and for admins', async (context) => {
  const server = await accountServer(context, { MOONSHARE_MAX_VIEWERS: '16' });
  const [one, other] = [await server.link({ role: 'watch' }), await server.link({ role: 'watch' })];
  const control = await server.link({ role: 'full' });
  const flood = async (link: typeof one, addresses: string[], each: number) => {
    const reasons: (string | null)[] = [];
    for (const from of addresses) {
      for (let i = 0; i < each; i++)
        reasons.push(await join(context, server.url, from, await tokenOf(server, link)).in);
    }
    return reasons;
  };
  const byOne = await flood(one, ['127.0.0.2', '127.0.0.3', '127.0.0.4'], 9);
  assert.ok(byOne.filter((reason) => reason === null).length < 14);
  assert.equal(byOne.at(-1), '4503 VIEWER_LIMIT');
  assert.deepEqual(await flood(other, ['127.0.0.9'], 1), [null]);
  // Watchers by any link.
  const rest = await flood(other, ['127.0.0.10', '127.0.0.11'], 3);
  assert.equal(rest.at(-1), '4503 VIEWER_LIMIT');
  assert.deepEqual(await flood(control, ['127.0.0.12'], 2), [null, '4503 VIEWER_LIMIT']);
  const admin = (await server.as(server.page((await server.logIn('a-admin')).cookie), 'POST', '/api/streamers/a/token'))
    .body.token;
  assert.equal(await join(context, server.url, '127.0.0.2', admin).in, null);
});

test('the total seats of all streamers are shared out in the same way', async (context) => {
  const server = await accountServer(context, { MOONSHARE_MAX_TOTAL_VIEWERS: '8' });
  const link = await server.link({ role: 'watch' });
  const reasons: (string | null)[] = [];
  for (let i = 0; i < 9; i++) {
    reasons.push(await join(context, server.url, `127.0.0.${2 + (i % 3)}`, await tokenOf(server, link)).in);
  }
  assert.equal(reasons.at(-1), '4503 VIEWER_TOTAL_LIMIT');
  const full = await server.link({ role: 'full' });
  assert.equal(await join(context, server.url, '127.0.0.9', await tokenOf(server, full)).in, null);
});

for (const kind of ['ping', 'pong'] as const) {
  test(`a flood of ${kind}s closes its own socket`, async (context) => {
    const server = await accountServer(context);
    const flooder = join(context, server.url, '127.0.0.2', await tokenOf(server, await server.link({ role: 'watch' })));
    assert.equal(await flooder.in, null);
    const bystander = join(
      context,
      server.url,
      '127.0.0.3',
      await tokenOf(server, await server.link({ role: 'watch' })),
    );
    assert.equal(await bystander.in, null);
    const closed = once(flooder.socket, 'close');
    // So few at once that nothing queues anywhere.
    while (flooder.socket.readyState === WebSocket.OPEN) {
      for (let i = 0; i < 50; i++) flooder.socket[kind]();
      await Promise.race([kind === 'ping' ? once(flooder.socket, 'pong') : setImmediate(), closed]);
    }
    const [code, reason] = await closed;
    // The WebSocket library gives up by itself if its pongs are not read as fast as pings arrive.
    if (kind === 'pong' || code !== 1006) assert.deepEqual([code, String(reason)], [4429, 'RATE_LIMITED']);
    assert.equal(bystander.socket.readyState, WebSocket.OPEN);
  });
}

test('a viewer that sets up no peer connection is removed, and one that does stays', async (context) => {
  const server = await accountServer(context, {}, { connectLimitMs: 500 });
  const request = streamerRequest('b', { app_id: 9 });
  assert.equal((await server.call('POST', '/api/streamers', request)).status, 200);
  const headers = { authorization: `Bearer ${CREDENTIALS}` };
  const connected = server.peer(PEER, headers);
  await connected.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
  const bare = server.peer('/api/streamers/b/peer', headers);
  assert.deepEqual(await bare.closed, { code: 4502, reason: 'VIEWER_UNREACHABLE' });
  assert.equal((await server.call('GET', '/api/streamers/b')).body.connected_peers, 0);
  assert.equal(connected.socket.readyState, WebSocket.OPEN);
});

test('a viewer that waits for its streamer to start has no time limit', async (context) => {
  const server = await accountServer(context, {}, { connectLimitMs: 300 });
  const headers = { authorization: `Bearer ${CREDENTIALS}` };
  await server.call('POST', '/api/streamers', streamerRequest('c', { app_id: 9 }));
  // Its host takes as long as it likes.
  await server.call('POST', '/api/streamers?wait=false', streamerRequest('b', { app_id: 4 }));
  const waiting = server.peer('/api/streamers/b/peer', headers);
  await waiting.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
  for (let i = 0; i < 2; i++) await server.peer('/api/streamers/c/peer', headers).closed;
  assert.equal(waiting.socket.readyState, WebSocket.OPEN);
});

test('event subscribers take no slots from others', async (context) => {
  const server = await accountServer(context);
  const token = (await server.call('POST', '/api/tokens', { name: 'x', scopes: ['streamers:read'] })).body.token;
  const follow = async (from: string, secret: string) => {
    const request = `GET /api/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${secret}\r\n\r\n`;
    const [data] = await once(open(context, server.url, from, request), 'data');
    return Number(/^HTTP\/1\.1 (\d+)/.exec(String(data))?.[1]);
  };
  const statuses: number[] = [];
  for (let i = 0; i < 110; i++) statuses.push(await follow('127.0.0.2', token));
  assert.equal(statuses.at(-1), 429);
  assert.equal(await follow('127.0.0.3', token), 200);
  assert.equal(await follow('127.0.0.2', CREDENTIALS), 200);
});
