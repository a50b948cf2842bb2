import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { loadConfig } from '../config/load.ts';
import { EventReader } from '../testing/event-reader.ts';
import { ids, init, open, says } from '../testing/legacy-front-end.ts';
import { pairedServer } from '../testing/paired-server.ts';
import { until } from '../testing/processes.ts';
import { CREDENTIALS, startTestServer, streamerRequest } from '../testing/test-server.ts';

const PATH = '/api/host/stream';
const APP = { app_id: 1, title: 'Desktop', is_hdr_supported: false };

const offer = { Signaling: { Description: { ty: 'offer', sdp: 'v=0' } } };
/** The fake streamer echoes it. (An offer would wait for the host’s last step.) */
const answer = { Signaling: { Description: { ty: 'answer', sdp: 'v=0' } } };

const alone = (context: TestContext) => pairedServer(context, 1, { MOONSHARE_ICE_SERVERS: '[]' });
const keeping = (context: TestContext, seconds: number) =>
  pairedServer(context, 1, { MOONSHARE_LEGACY_KEEP_SECONDS: String(seconds) });

test('messages before the offer come in the order of protocol/4 §3, and negotiation goes both ways', async (context) => {
  const server = await alone(context);
  const peer = await open(server);
  await says(peer, 'ConnectionComplete');
  assert.deepEqual(peer.messages, [
    { UpdateApp: { app: APP } },
    { StageComplete: { stage: 'Launch Streamer' } },
    { StageStarting: { stage: 'Setup WebRTC Peer' } },
    { WebRtcConfig: { ice_servers: [] } },
    { StageComplete: { stage: 'Setup WebRTC Peer' } },
    { StageStarting: { stage: 'WebRTC Peer Negotiation' } },
    { StageStarting: { stage: 'Starting the app' } },
    { StageComplete: { stage: 'Starting the app' } },
    { ConnectionComplete: { capabilities: { touch: false }, width: 1920, height: 1080 } },
  ]);
  peer.send(answer);
  assert.deepEqual(await says(peer, 'Signaling'), answer);
  assert.equal(server.sentToWorkers('addPeer')[0]?.role, 'full');
});

test('its viewers are people among the participants', async (context) => {
  const server = await alone(context);
  await says(await open(server), 'WebRtcConfig');
  const [id] = await ids(server);
  const [viewer] = (await server.call('GET', `/api/streamers/${id}/participants`)).body.participants;
  assert.deepEqual([viewer.name, viewer.kind, viewer.has_control], ['Legacy viewer', 'person', true]);
});

test('the stream has the settings of the first message', async (context) => {
  const server = await alone(context);
  await says(await open(server, init({ packet_size: 4096, fps: 30 })), 'WebRtcConfig');
  const { settings } = server.sentToWorkers('init')[0] as { settings: Record<string, unknown> };
  assert.deepEqual([settings.packet_size, settings.fps, settings.width, settings.bitrate], [2048, 30, 1280, 10_000]);
});

test('anything but the right credentials as first message closes the socket without a message', async (context) => {
  const server = await alone(context);
  for (const first of [init({ credentials: 'wrong' }), init({ credentials: null }), offer, 'hello', { Ping: 1 }]) {
    const peer = await open(server, first);
    await peer.closed;
    assert.deepEqual(peer.messages, []);
  }
  for (const first of ['{"AuthenticateAndInit":', '', Buffer.from(JSON.stringify(init()))]) {
    const malformed = server.peer(PATH);
    await malformed.opened;
    malformed.socket.send(first);
    // Too late.
    malformed.send(init());
    assert.equal((await malformed.closed).code, 4401);
    assert.deepEqual(malformed.messages, []);
  }
  assert.deepEqual(await ids(server), []);
});

test('an upgrade with the credentials needs none in the message, and one with wrong credentials is refused', async (context) => {
  const server = await alone(context);
  const right = { authorization: `Bearer ${CREDENTIALS}` };
  await says(await open(server, init({ credentials: null }), right), 'WebRtcConfig');
  assert.equal((await server.peer(PATH, { authorization: 'Bearer wrong' }).refused).status, 401);
  assert.equal((await server.peer(PATH, { origin: 'https://evil.example' }).refused).status, 403);
});

test('a session that cannot be started is answered with one word, and the socket is closed', async (context) => {
  const server = await alone(context);
  server.hosts.add('unpaired');
  server.hosts.add('away');
  for (const address of ['unpaired', 'away']) await server.call('PUT', '/api/host', { address });
  server.box.apps.push({ id: 77, title: 'Crashes', hdr: false });
  const told = async (changes: Record<string, unknown>) => {
    const peer = await open(server, init(changes));
    await peer.closed;
    return peer.messages;
  };
  assert.deepEqual(await told({ host_id: 9 }), ['HostNotFound']);
  assert.deepEqual(await told({ app_id: 99 }), ['AppNotFound']);
  assert.deepEqual(await told({ bitrate: 'much' }), ['InternalServerError']);
  assert.deepEqual(await told({ mode: 'join', session_id: 'unknown' }), ['InternalServerError']);
  server.box.currentGame = 4;
  assert.deepEqual(await told({}), ['AlreadyStreaming']);
  server.box.currentGame = 0;
  assert.deepEqual(await ids(server), []);
});

test('a host that was paired once streams to one caller, and the next gets AlreadyStreaming', async (context) => {
  const server = await alone(context);
  const first = await open(server);
  await says(first, 'WebRtcConfig');
  const second = await open(server);
  await second.closed;
  assert.deepEqual(second.messages, ['AlreadyStreaming']);
  // A reloaded page gets the slot of the one before.
  first.socket.close();
  await first.closed;
  await says(await open(server), 'WebRtcConfig');
});

test('an unpaired host is reported as HostNotPaired', async (context) => {
  const server = await startTestServer(context);
  server.hosts.add('box');
  await server.call('PUT', '/api/host', { address: 'box' });
  const peer = await open(server);
  await peer.closed;
  assert.deepEqual(peer.messages, ['HostNotPaired']);
});

test('a refused launch is reported as an end and AlreadyStreaming, and leaves nothing behind', async (context) => {
  const server = await alone(context);
  const peer = await open(server, init({ app_id: 2 }));
  await peer.closed;
  assert.match(JSON.stringify(peer.messages), /"ConnectionTerminated".*"AlreadyStreaming"/);
  await until(async () => (await ids(server)).length === 0);
});

test('pings, binary frames, another AuthenticateAndInit and unknown JSON do not affect a session', async (context) => {
  const server = await alone(context);
  const peer = await open(server);
  await says(peer, 'WebRTC Peer Negotiation');
  peer.socket.ping();
  peer.socket.send(Buffer.of(1, 2));
  peer.socket.send('{');
  for (const more of [init({ app_id: 4 }), init({ credentials: 'wrong' }), { Unknown: {} }, 'PeerDisconnect', null])
    peer.send(more);
  for (const ty of ['pranswer', 'rollback', 'unspecified']) peer.send({ Signaling: { Description: { ty, sdp: '' } } });
  const candidate = { candidate: 'x', sdp_mid: null, sdp_mline_index: null, username_fragment: null };
  peer.send({ Signaling: { AddIceCandidate: candidate } });
  peer.send(answer);
  await peer.message((message) => JSON.stringify(message) === JSON.stringify(answer));
  assert.equal(peer.socket.readyState, peer.socket.OPEN);
  assert.deepEqual(
    [server.sentToWorkers('init').length, server.sentToWorkers('addPeer').length, (await ids(server)).length],
    [1, 1, 1],
  );
});

test('the session ends with its socket, and leaves its app running', async (context) => {
  const server = await alone(context);
  const peer = await open(server);
  await says(peer, 'WebRtcConfig');
  assert.equal((await ids(server)).length, 1);
  peer.socket.close();
  await until(async () => (await ids(server)).length === 0);
  assert.equal(server.sentToWorkers('stop').length, 1);
  assert.ok(!server.box.requests.includes('cancel'));
});

test('a socket that closes while its session starts leaves nothing behind', async (context) => {
  const server = await alone(context);
  const peer = await open(server, init({ app_id: 10 }));
  await until(async () => (await ids(server)).length === 1);
  peer.socket.terminate();
  await until(async () => (await ids(server)).length === 0);
});

test('a launch that is sent as its socket closes is cancelled, as nobody joined that session', async (context) => {
  const server = await alone(context);
  const peer = await open(server, init({ app_id: 8 }));
  await until(() => server.sentToWorkers('launchGranted').length === 1);
  server.box.currentGame = 8;
  peer.socket.terminate();
  await until(async () => (await ids(server)).length === 0);
  assert.equal(server.box.currentGame, 0);
});

test('a kept session is rejoined, with or without an ID, and not started again', async (context) => {
  const server = await keeping(context, 60);
  for (const changes of [{}, { session_id: 's' }]) {
    const first = await open(server, init(changes));
    await says(first, 'WebRtcConfig');
    first.socket.close();
    await first.closed;
    const known = await ids(server);
    const second = await open(server, init(changes));
    await says(second, 'WebRtcConfig');
    assert.deepEqual(await ids(server), known);
    await server.call('DELETE', `/api/streamers/${known[0]}`);
    await second.closed;
  }
  assert.equal(server.sentToWorkers('init').length, 2);
});

test('a kept session ends when its time is up', async (context) => {
  const server = await keeping(context, 3);
  const peer = await open(server);
  await says(peer, 'WebRtcConfig');
  peer.socket.close();
  await peer.closed;
  assert.equal((await ids(server)).length, 1);
  await until(async () => (await ids(server)).length === 0);
});

test('a kept session makes way for one with different settings', async (context) => {
  const server = await keeping(context, 60);
  const first = await open(server, init({ session_id: 's' }));
  await says(first, 'WebRtcConfig');
  first.socket.close();
  await first.closed;
  const known = await ids(server);
  const second = await open(server, init({ session_id: 's', width: 1920, height: 1080 }));
  await says(second, 'WebRtcConfig');
  const now = await ids(server);
  assert.equal(now.length, 1);
  assert.notDeepEqual(now, known);
});

test('of two callers that create the same session_id one gets it and the other AlreadyStreaming; joining leads to the first', async (context) => {
  const server = await alone(context);
  const peers = await Promise.all([1, 2].map(() => open(server, init({ session_id: 's', mode: 'create' }))));
  const refused = await Promise.race(peers.map(async (peer) => peer.closed.then(() => peer)));
  assert.deepEqual(refused.messages, ['AlreadyStreaming']);
  const owner = peers.find((peer) => peer !== refused)!;
  await says(owner, 'WebRtcConfig');
  const joined = await open(server, init({ session_id: 's', mode: 'join', host_id: 5, app_id: 5 }));
  await says(joined, 'WebRtcConfig');
  const [id] = await ids(server);
  assert.equal((await server.call('GET', `/api/streamers/${id}`)).body.connected_peers, 2);
  // It belongs to all who are in it and ends with the last of them.
  owner.socket.close();
  await owner.closed;
  assert.deepEqual(await ids(server), [id]);
  joined.socket.close();
  await until(async () => (await ids(server)).length === 0);
});

test('keepalive starts the session without viewers, and a viewer that joins and leaves does not end it', async (context) => {
  const server = await alone(context);
  const starter = await open(server, init({ session_id: 's', mode: 'keepalive' }));
  await says(starter, 'ConnectionComplete');
  assert.deepEqual(starter.messages, [
    { UpdateApp: { app: APP } },
    { StageComplete: { stage: 'Launch Streamer' } },
    { ConnectionComplete: { capabilities: { touch: false }, width: 1280, height: 720 } },
  ]);
  assert.deepEqual(server.sentToWorkers('addPeer'), []);
  const { body } = await server.call('GET', '/api/streamers');
  assert.deepEqual([body.streamers[0].status, body.streamers[0].connected_peers], ['active', 0]);
  const viewer = await open(server, init({ session_id: 's', mode: 'join' }));
  await says(viewer, 'WebRtcConfig');
  viewer.socket.close();
  await viewer.closed;
  await says(await open(server, init({ session_id: 's', mode: 'keepalive' })), 'ConnectionComplete');
  assert.equal(server.sentToWorkers('init').length, 1);
  assert.equal((await ids(server)).length, 1);
});

test('a session still comes up if its keepalive socket closes before', async (context) => {
  const server = await alone(context);
  const starter = await open(server, init({ session_id: 's', mode: 'keepalive' }));
  await until(async () => (await ids(server)).length === 1);
  starter.socket.terminate();
  await until(async () => (await server.call('GET', '/api/streamers')).body.streamers[0]?.status === 'active');
});

test('a keepalive that cannot start is answered with the word for its error', async (context) => {
  const server = await alone(context);
  const starter = await open(server, init({ app_id: 2, session_id: 's', mode: 'keepalive' }));
  await starter.closed;
  assert.deepEqual(starter.messages, ['AlreadyStreaming']);
  await until(async () => (await ids(server)).length === 0);
});

test('the front end learns that its session was deleted, and the ID can be used again', async (context) => {
  const server = await alone(context);
  const peer = await open(server, init({ session_id: 's' }));
  await says(peer, 'WebRtcConfig');
  await server.call('DELETE', `/api/streamers/${(await ids(server))[0]}`);
  await peer.closed;
  assert.equal(peer.messages.at(-1), 'PeerDisconnect');
  await says(await open(server, init({ session_id: 's' })), 'WebRtcConfig');
});

test('an unwatched legacy session is ended; a watched one, and a streamer of the API, continue', async (context) => {
  // 600 ms
  const idle = { MOONSHARE_LEGACY_IDLE_MINUTES: '0.01', MOONSHARE_LEGACY_KEEP_SECONDS: '3600' };
  const server = await pairedServer(context, 3, idle);
  const events = await EventReader.open(context, server.url);
  const idled = (holds: (id: string) => boolean) =>
    events.event(({ data }) => data.error?.code === 'STREAMER_IDLE' && holds(data.streamer_id));
  await server.call('POST', '/api/streamers', streamerRequest('of-the-api'));
  const viewer = await open(server, init({ session_id: 'watched' }));
  await says(viewer, 'WebRtcConfig');
  const [, watched] = await ids(server);
  await open(server, init({ session_id: 'alone', mode: 'keepalive' }));

  await idled((id) => id !== watched);
  await until(async () => (await ids(server)).length === 2);
  assert.deepEqual(await ids(server), ['of-the-api', watched]);
  viewer.socket.close();
  await idled((id) => id === watched);
  await until(async () => (await ids(server)).length === 1);
  assert.deepEqual(await ids(server), ['of-the-api']);
  // Its name is available again.
  await says(await open(server, init({ session_id: 'watched' })), 'WebRtcConfig');
});

test('with the default settings, unwatched legacy sessions end', () => {
  const { legacyIdleMinutes, idleMinutes } = loadConfig({});
  assert.deepEqual([legacyIdleMinutes, idleMinutes], [60, 0]);
});

test('POST /api/host/cancel ends what legacy callers run on that host, watched or not', async (context) => {
  const server = await pairedServer(context, 2);
  const watched = await open(server, init());
  await says(watched, 'WebRtcConfig');
  const starter = await open(server, init({ session_id: 's', mode: 'keepalive' }));
  await says(starter, 'ConnectionComplete');
  server.box.currentGame = 1;
  assert.deepEqual((await server.call('POST', '/api/host/cancel', { host_id: 0 })).body, { success: true });
  for (const peer of [watched, starter]) {
    await peer.closed;
    assert.equal(peer.messages.at(-1), 'PeerDisconnect');
  }
  assert.deepEqual([await ids(server), server.box.currentGame], [[], 0]);
});

test('POST /api/host/cancel ends nothing on a host where a streamer of the API runs', async (context) => {
  const server = await pairedServer(context, 2);
  await server.call('POST', '/api/streamers', streamerRequest('of-the-api'));
  const watched = await open(server, init());
  await says(watched, 'WebRtcConfig');
  assert.deepEqual((await server.call('POST', '/api/host/cancel', { host_id: 0 })).body, { success: false });
  assert.equal((await ids(server)).length, 2);
  assert.equal(server.box.requests.includes('cancel'), false);
});
