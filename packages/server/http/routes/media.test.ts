// The route of media sockets. Fake streamers speak WebSocket on them and send back what they receive.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import { type TestContext, test } from 'node:test';
import type { ServerSignal } from '@moonshare/contract';
import { WebSocket } from 'ws';
import { type AccountServer, accountServer } from '../../testing/account-server.ts';
import { until } from '../../testing/processes.ts';
import { createTestCertificate, tlsFiles } from '../../testing/test-certificate.ts';
import { type LogLine, streamerRequest, type TestPeer } from '../../testing/test-server.ts';

const TICKET_MS = 10_000;

/** A browser that is watching, and its media sockets. */
interface Viewer {
  peer: TestPeer;
  ticket(): Promise<string>;
  media(): Promise<WebSocket>;
}

interface MediaServer extends AccountServer {
  /** A viewer that has been admitted with these headers. */
  viewer(headers: Record<string, string>): Promise<Viewer>;
  /** A request to upgrade: what refuses it, or the socket. */
  upgrade(ticket: string, options?: { id?: string; headers?: Record<string, string> }): Promise<Refusal | WebSocket>;
}

interface Refusal {
  status: number;
  code: string;
}

async function mediaServer(
  context: TestContext,
  environment: Record<string, string> = {},
  options: Parameters<typeof accountServer>[2] = {},
): Promise<MediaServer> {
  const server = await accountServer(context, environment, options);
  const address = server.url.replace('http', 'ws');
  const upgrade: MediaServer['upgrade'] = async (ticket, { id = 'a', headers = {} } = {}) => {
    const socket = new WebSocket(`${address}/api/streamers/${id}/media?ticket=${ticket}`, {
      headers,
      rejectUnauthorized: false,
    });
    const { promise, resolve, reject } = Promise.withResolvers<Refusal | WebSocket>();
    socket.on('error', reject);
    socket.once('open', () => resolve(socket));
    socket.once('unexpected-response', async (_request, response) => {
      const body = JSON.parse(Buffer.concat(await response.toArray()).toString());
      resolve({ status: response.statusCode!, code: body.code });
    });
    return promise;
  };
  const viewer: MediaServer['viewer'] = async (headers) => {
    const { body } = await server.join(headers);
    const peer = server.peer(`/api/streamers/a/peer?token=${body.token}&events=1`);
    await peer.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
    let had = 0;
    const ticket = async () => {
      const isNext = (message: ServerSignal) =>
        typeof message === 'object' &&
        'MediaTicket' in message &&
        peer.messages.filter((other) => JSON.stringify(other).includes('MediaTicket')).length > had;
      peer.send({ GetMediaTicket: {} });
      await peer.message(isNext);
      const all = peer.messages.flatMap(
        (message) => (message as { MediaTicket?: { ticket: string } }).MediaTicket ?? [],
      );
      had = all.length;
      return all.at(-1)!.ticket;
    };
    const media = async () => {
      const socket = await upgrade(await ticket());
      assert.ok(socket instanceof WebSocket);
      return socket;
    };
    return { peer, ticket, media };
  };
  return { ...server, viewer, upgrade };
}

async function linkViewer(server: MediaServer, request: Record<string, unknown> = { role: 'full' }): Promise<Viewer> {
  return server.viewer((await server.link(request)).headers);
}

async function echo(socket: WebSocket, text: string): Promise<string> {
  socket.send(text);
  const [data] = await once(socket, 'message');
  return String(data);
}

test('a viewer opens its media socket with its ticket; the process gets what the handshake needs, and no secrets', async (context) => {
  const server = await mediaServer(context);
  const { ticket } = await linkViewer(server);
  const headers = { cookie: 'moonshare=secret', authorization: 'Bearer the-shared-credentials' };
  const socket = await server.upgrade(await ticket(), { headers });
  assert.ok(socket instanceof WebSocket);
  assert.equal(await echo(socket, 'hello'), 'hello');
  const [message] = server.sentToWorkers('mediaSocket') as { request: { url: string; headers: object } }[];
  assert.equal(message!.request.url, '/api/streamers/a/media');
  assert.deepEqual(Object.keys(message!.request.headers).sort(), [
    'connection',
    'sec-websocket-extensions',
    'sec-websocket-key',
    'sec-websocket-version',
    'upgrade',
  ]);
  socket.close();
});

test('forged, used and foreign tickets are refused, logged and slowed down; real ones never wait', async (context) => {
  const lines: LogLine[] = [];
  const server = await mediaServer(context, {}, { logged: (line) => lines.push(line) });
  await server.call('POST', '/api/streamers', streamerRequest('b', { client_unique_id: 'b' }));
  const [one, gone] = [await linkViewer(server), await linkViewer(server)];
  const [used, foreign, left] = [await one.ticket(), await one.ticket(), await gone.ticket()];
  assert.ok((await server.upgrade(used)) instanceof WebSocket);
  gone.peer.socket.close();
  await gone.peer.closed;
  const refused = { status: 401, code: 'UNAUTHORIZED' };
  assert.deepEqual(await server.upgrade(used), refused);
  assert.deepEqual(await server.upgrade(foreign, { id: 'b' }), refused);
  assert.deepEqual(await server.upgrade(foreign, { id: 'none' }), refused);
  assert.deepEqual(await server.upgrade(left), refused);
  assert.deepEqual(await server.upgrade(`${foreign}x`), refused);
  assert.equal(lines.filter(({ fields }) => fields.event === 'token.refused').length, 5);
  assert.ok((await server.upgrade(foreign)) instanceof WebSocket);
  for (let guess = 5; guess < 20; guess++) assert.deepEqual(await server.upgrade('guess'), refused);
  let answer: Refusal | WebSocket = refused;
  while (!(answer instanceof WebSocket) && answer.status === 401) answer = await server.upgrade('guess');
  assert.deepEqual(answer, { status: 429, code: 'RATE_LIMITED' });
  assert.ok((await server.upgrade(await one.ticket())) instanceof WebSocket);
});

test('late tickets are refused, but a network that delays them is not taken for someone who guesses', async (context) => {
  const server = await mediaServer(context);
  const late: string[] = [];
  // More than the wrong tokens that an address has free.
  for (let viewers = 0; viewers < 6; viewers++) {
    const { ticket } = await linkViewer(server);
    for (let time = 0; time < 4; time++) late.push(await ticket());
  }
  const clock = performance.now.bind(performance);
  context.mock.method(performance, 'now', () => clock() + TICKET_MS);
  for (const ticket of late) assert.deepEqual(await server.upgrade(ticket), { status: 401, code: 'UNAUTHORIZED' });
});

test('a request that is no upgrade, has no ticket or comes from a foreign page uses no ticket up', async (context) => {
  const server = await mediaServer(context);
  const { ticket, peer } = await linkViewer(server);
  const real = await ticket();
  const answer = await server.call('GET', `/api/streamers/a/media?ticket=${real}`);
  assert.deepEqual([answer.status, answer.body.code, answer.headers.get('upgrade')], [404, 'NOT_FOUND', 'websocket']);
  const evil = await server.upgrade(real, { headers: { origin: 'https://evil.example' } });
  assert.deepEqual(evil, { status: 403, code: 'FORBIDDEN' });
  const long = { 'sec-websocket-protocol': Array.from({ length: 300 }, (_, n) => `p${n}`).join(',') };
  assert.deepEqual(await server.upgrade(real, { headers: long }), { status: 400, code: 'BAD_REQUEST' });
  const bare = get(`${server.url}/api/streamers/a/media`, { headers: { connection: 'upgrade', upgrade: 'websocket' } });
  const [response] = await once(bare, 'response');
  assert.equal(response.statusCode, 400);
  response.resume();
  assert.ok((await server.upgrade(real)) instanceof WebSocket);
  assert.equal(peer.socket.readyState, WebSocket.OPEN);
});

test('while a streamer has no process its media sockets are refused, and viewers keep their other socket', async (context) => {
  const server = await mediaServer(context, {}, { restartDelaysMs: [60_000] });
  const { ticket, media, peer } = await linkViewer(server);
  const open = await media();
  const real = await ticket();
  const closed = once(open, 'close');
  server.workers[0]!.kill();
  await closed;
  assert.deepEqual(await server.upgrade(real), { status: 409, code: 'STREAMER_NOT_ACTIVE' });
  assert.equal(peer.socket.readyState, WebSocket.OPEN);
});

test('after a restart of the process the viewer is told of the media socket again, and opens another', async (context) => {
  const server = await mediaServer(context, {}, { restartDelaysMs: [0] });
  const { media, peer } = await linkViewer(server);
  const closed = once(await media(), 'close');
  const options = () => peer.messages.filter((message) => JSON.stringify(message).includes('MediaOptions')).length;
  assert.equal(options(), 1);
  server.workers[0]!.kill();
  await closed;
  await until(() => options() === 2);
  assert.equal(await echo(await media(), 'again'), 'again');
});

/** Every way in which a viewer ends. */
const ENDS: Record<
  string,
  (context: TestContext, server: MediaServer) => Promise<{ viewer: Viewer; end: () => unknown }>
> = {
  'its removal': async (_context, server) => ({
    viewer: await linkViewer(server),
    end: async () => {
      const { body } = await server.call('GET', '/api/streamers/a');
      await server.call('DELETE', `/api/streamers/a/peers/${body.peers.at(-1).peer_id}`);
    },
  }),
  'the revocation of its link': async (_context, server) => {
    const link = await server.link({ role: 'full' });
    return {
      viewer: await server.viewer(link.headers),
      end: () => server.call('DELETE', `/api/streamers/a/links/${link.id}`),
    };
  },
  'the expiry of its link': async (context, server) => {
    const viewer = await linkViewer(server, { role: 'watch', expires_in: 60 });
    const { now } = Date;
    return { viewer, end: () => context.mock.method(Date, 'now', () => now() + 61_000) };
  },
  'its logout': async (_context, server) => {
    const headers = server.page((await server.logIn('a-user')).cookie);
    return { viewer: await server.viewer(headers), end: () => server.as(headers, 'POST', '/api/logout') };
  },
  'its demotion': async (_context, server) => ({
    viewer: await server.viewer(server.page((await server.logIn('a-user')).cookie)),
    end: () => server.call('PATCH', '/api/users/a-user', { role: 'viewer' }),
  }),
  'the removal of its account': async (_context, server) => ({
    viewer: await server.viewer(server.page((await server.logIn('a-user')).cookie)),
    end: () => server.call('DELETE', '/api/users/a-user'),
  }),
  'the end of the streamer': async (_context, server) => ({
    viewer: await linkViewer(server),
    end: () => server.call('DELETE', '/api/streamers/a'),
  }),
  'the end of the server': async (_context, server) => ({
    viewer: await linkViewer(server),
    end: () => server.server.close(),
  }),
  'the end of its other socket': async (_context, server) => {
    const viewer = await linkViewer(server);
    return { viewer, end: () => viewer.peer.socket.terminate() };
  },
  'too many messages': async (_context, server) => {
    const viewer = await linkViewer(server);
    const flood = () => {
      for (let time = 0; time < 1_000; time++) viewer.peer.send({ GetMediaTicket: {} });
    };
    return { viewer, end: flood };
  },
};

for (const [what, prepare] of Object.entries(ENDS)) {
  test(`a viewer’s media end with ${what}`, async (context) => {
    const server = await mediaServer(context);
    const other = await (await linkViewer(server)).media();
    const { viewer, end } = await prepare(context, server);
    const socket = await viewer.media();
    const ticket = await viewer.ticket();
    const closed = once(socket, 'close');
    await end();
    await closed;
    await viewer.peer.closed;
    if (/of the (streamer|server)/.test(what)) return;
    const refused = await server.upgrade(ticket);
    assert.deepEqual(refused, { status: 401, code: 'UNAUTHORIZED' });
    assert.equal(await echo(other, 'still here'), 'still here');
  });
}

test('which transport a browser shows, and that it starts WebRTC again, reaches the process', async (context) => {
  const server = await mediaServer(context);
  const { peer } = await linkViewer(server);
  peer.send({ RestartWebRtc: {} });
  peer.send({ UseTransport: { transport: 'websocket' } });
  await until(() => server.sentToWorkers('useTransport').length === 1);
  const [{ peerId }] = server.sentToWorkers('addPeer') as [{ peerId: string }];
  assert.deepEqual(server.sentToWorkers('restartWebRtc'), [{ type: 'restartWebRtc', peerId }]);
  assert.deepEqual(server.sentToWorkers('useTransport'), [{ type: 'useTransport', peerId, transport: 'websocket' }]);
});

test('the setting decides what viewers may use; front ends that ask for no events are told nothing and get WebRTC', async (context) => {
  for (const [transport, transports] of [
    ['auto', ['webrtc', 'websocket']],
    ['webrtc', ['webrtc']],
    ['websocket', ['websocket']],
  ] as const) {
    const server = await mediaServer(context, { MOONSHARE_TRANSPORT: transport });
    const { headers } = await server.link({ role: 'full' });
    const old = await server.socket((await server.join(headers)).body.token);
    const { peer, ticket } = await server.viewer(headers);
    const options = peer.messages.findIndex((message) => JSON.stringify(message).includes('MediaOptions'));
    assert.deepEqual(peer.messages[options], { MediaOptions: { transport } });
    assert.match(JSON.stringify(peer.messages[options + 1]), /WebRtcConfig/);
    const added = server.sentToWorkers('addPeer').map((message) => message.transports);
    assert.deepEqual(added, [['webrtc'], transports]);
    if (transport !== 'webrtc') assert.ok((await server.upgrade(await ticket())) instanceof WebSocket);
    for (const silent of transport === 'webrtc' ? [old, peer] : [old]) {
      silent.send({ GetMediaTicket: {} });
      silent.send({ Signaling: { AddIceCandidate: { candidate: 'x' } } });
      await silent.message((message) => JSON.stringify(message).includes('AddIceCandidate'));
      assert.doesNotMatch(JSON.stringify(silent.messages), /MediaTicket/);
    }
    assert.doesNotMatch(JSON.stringify(old.messages), /MediaOptions/);
  }
});

test('media sockets that a process has taken over no longer count as connections of the server', async (context) => {
  const server = await mediaServer(context, { MOONSHARE_MAX_CONNECTIONS: '10' }, { forked: true });
  const { ticket } = await linkViewer(server);
  for (let sockets = 0; sockets < 20; sockets++) {
    const socket = await server.upgrade(await ticket());
    assert.ok(socket instanceof WebSocket);
    assert.equal(await echo(socket, 'x'), 'x');
  }
  assert.equal((await server.call('GET', '/api/streamers/a')).body.connected_peers, 1);
});

for (const kind of ['plain', 'TLS'] as const) {
  test(`${kind}: a real process speaks on the media socket, and its death ends it`, async (context) => {
    const environment: Record<string, string> = {};
    if (kind === 'TLS') {
      const { files, write } = tlsFiles(context);
      write(await createTestCertificate());
      environment.MOONSHARE_TLS_CERT = files.certificate;
      environment.MOONSHARE_TLS_KEY = files.key;
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
      context.after(() => delete process.env.NODE_TLS_REJECT_UNAUTHORIZED);
    }
    const server = await mediaServer(context, environment, { forked: true, restartDelaysMs: [0] });
    const { media, peer, ticket } = await linkViewer(server);
    const socket = await media();
    assert.equal(await echo(socket, 'x'.repeat(100_000)), 'x'.repeat(100_000));
    const closed = once(socket, 'close');
    process.kill(server.pids()[0]!, 'SIGKILL');
    await closed;
    assert.equal(peer.socket.readyState, WebSocket.OPEN);
    await until(() => peer.messages.filter((message) => JSON.stringify(message).includes('MediaOptions')).length === 2);
    assert.equal(await echo(await media(), 'again'), 'again');
    // The last one is on its way when the server ends.
    const late = server.upgrade(await ticket()).catch(() => null);
    await server.server.close();
    const opened = await late;
    if (opened instanceof WebSocket && opened.readyState !== WebSocket.CLOSED) await once(opened, 'close');
  });
}
