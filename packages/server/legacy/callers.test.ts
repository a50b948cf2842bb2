// What the platform that starts its desktops through this socket was observed to do: protocol/4 §3, "Persistence" and "Kickoff".
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { ids, init, open, says } from '../testing/legacy-front-end.ts';
import { pairedServer } from '../testing/paired-server.ts';
import { until } from '../testing/processes.ts';
import type { TestPeer, TestServer } from '../testing/test-server.ts';

const CLIENT = { client_unique_id: 'helix-agent-x' };
const KICKOFF = { ...CLIENT, session_id: 'agent-x-kickoff', mode: 'keepalive' };
const BROWSER = { ...CLIENT, session_id: 'agent-x', mode: 'create' };
/** An app whose host session is not up before a browser joins; until then it is starting. */
const SLOW = { app_id: 7 };

function isUp(server: TestServer): Promise<void> {
  return until(async () => (await server.call('GET', '/api/streamers')).body.streamers[0]?.status === 'active');
}

async function isOpen(peer: TestPeer): Promise<void> {
  peer.socket.ping();
  await Promise.race([once(peer.socket, 'pong'), peer.closed]);
  assert.equal(peer.socket.readyState, peer.socket.OPEN);
}

async function close(peer: TestPeer): Promise<void> {
  peer.socket.close();
  await peer.closed;
}

/** The client certificates of the streams, oldest first. */
function certificates(server: TestServer): unknown[] {
  return server.sentToWorkers('init').map(({ identity }) => (identity as { certificate: string }).certificate);
}

/** No app on the host was ended. */
function assertNoAppEnded(server: TestServer & { box: { requests: string[] } }): void {
  assert.ok(!server.box.requests.includes('cancel'));
}

test('persistence: the server leaves a keepalive’s socket open, and the session continues after the caller closes it', async (context) => {
  const server = await pairedServer(context);
  const caller = await open(server, init({ session_id: 'work', mode: 'keepalive' }));
  await says(caller, 'ConnectionComplete');
  await isOpen(caller);
  await close(caller);
  const viewer = await open(server, init({ session_id: 'work', mode: 'join' }));
  await says(viewer, 'WebRtcConfig');
  await close(viewer);
  await isUp(server);
  assert.equal(server.sentToWorkers('init').length, 1);
});

test('kickoff: a browser that joins before the kickoff’s socket closes takes over the session and keeps it', async (context) => {
  const server = await pairedServer(context);
  const kickoff = await open(server, init(KICKOFF));
  await isUp(server);
  const browser = await open(server, init(BROWSER));
  await says(browser, 'WebRtcConfig');
  await isOpen(kickoff);
  await close(kickoff);
  await isOpen(browser);
  assert.equal(server.sentToWorkers('init').length, 1);
  // From now on it is the browser’s.
  await close(browser);
  await until(async () => (await ids(server)).length === 0);
  assertNoAppEnded(server);
});

test('kickoff: its session ends with its socket, the app keeps running, and a later browser gets the same certificate', async (context) => {
  const server = await pairedServer(context, 3);
  const kickoff = await open(server, init(KICKOFF));
  await isUp(server);
  await close(kickoff);
  await until(async () => (await ids(server)).length === 0);
  assertNoAppEnded(server);
  await says(await open(server, init(BROWSER)), 'WebRtcConfig');
  const [first, second] = certificates(server);
  assert.equal(first, second);
});

test('kickoff: while the host is slow, the browser gets the starting session, before or after the caller has left', async (context) => {
  for (const patient of [true, false]) {
    const server = await pairedServer(context);
    const kickoff = await open(server, init({ ...KICKOFF, ...SLOW }));
    await until(() => server.sentToWorkers('launchGranted').length === 1);
    if (!patient) await close(kickoff);
    const browser = await open(server, init({ ...BROWSER, ...SLOW }));
    await says(browser, 'WebRtcConfig');
    await isUp(server);
    if (patient) await close(kickoff);
    await isOpen(browser);
    assert.equal(server.sentToWorkers('init').length, 1);
    assertNoAppEnded(server);
  }
});

test('kickoff: a session that is still starting when its caller leaves ends once it is up', async (context) => {
  const server = await pairedServer(context);
  const kickoff = await open(server, init({ ...KICKOFF, ...SLOW }));
  await until(() => server.sentToWorkers('launchGranted').length === 1);
  await close(kickoff);
  const [id] = await ids(server);
  // A viewer of the newer API, which does not count as a visit of this session.
  const viewer = server.peer(`/api/streamers/${id}/peer`);
  await viewer.opened;
  viewer.send(init());
  await until(async () => (await ids(server)).length === 0);
  assert.equal(server.sentToWorkers('stop').length, 1);
  assertNoAppEnded(server);
});

test('kickoff: a browser with different settings gets them, on the same app with the same certificate', async (context) => {
  const server = await pairedServer(context, 3);
  const kickoff = await open(server, init(KICKOFF));
  await isUp(server);
  const browser = await open(server, init({ ...BROWSER, width: 1920, height: 1080 }));
  await says(browser, 'WebRtcConfig');
  await isOpen(kickoff);
  await close(kickoff);
  await isOpen(browser);
  const [first, second] = certificates(server);
  assert.equal(first, second);
  assert.equal((await ids(server)).length, 1);
  assert.equal((server.sentToWorkers('init')[1] as { settings: { width: number } }).settings.width, 1920);
  assertNoAppEnded(server);
});

test('a lasting session also lasts after a browser has taken it over with different settings', async (context) => {
  const server = await pairedServer(context);
  await close(await open(server, init({ ...CLIENT, session_id: 'work', mode: 'keepalive' })));
  await isUp(server);
  const browser = await open(server, init({ ...BROWSER, width: 1920, height: 1080 }));
  await says(browser, 'WebRtcConfig');
  await close(browser);
  await isUp(server);
  await says(await open(server, init({ session_id: 'work', mode: 'join' })), 'WebRtcConfig');
  assert.equal(server.sentToWorkers('init').length, 2);
});

test('a kickoff for an app that its client is already watching starts nothing', async (context) => {
  const server = await pairedServer(context);
  const browser = await open(server, init(BROWSER));
  await says(browser, 'WebRtcConfig');
  const kickoff = await open(server, init({ ...KICKOFF, fps: 30 }));
  await says(kickoff, 'ConnectionComplete');
  await close(kickoff);
  await isOpen(browser);
  assert.equal(server.sentToWorkers('init').length, 1);
});

test('nobody gets the unwatched session of another client', async (context) => {
  const server = await pairedServer(context, 4);
  await open(server, init(KICKOFF));
  await isUp(server);
  const others = [{ client_unique_id: 'another' }, { client_unique_id: null, session_id: null }];
  for (const [index, changes] of others.entries()) {
    await says(await open(server, init({ ...BROWSER, ...changes })), 'WebRtcConfig');
    assert.equal((await ids(server)).length, index + 2);
  }
});

test('GET /api/sessions lists who runs what, and whether anyone is connected', async (context) => {
  const server = await pairedServer(context, 3);
  const sessions = async () => (await server.call('GET', '/api/sessions')).body.sessions;
  assert.deepEqual(await sessions(), []);
  const kickoff = await open(server, init(KICKOFF));
  const { client_unique_id } = CLIENT;
  await until(async () => (await sessions()).length === 1);
  assert.deepEqual(await sessions(), [
    { session_id: 'agent-x-kickoff', client_unique_id, mode: 'keepalive', has_websocket: true },
  ]);
  await says(await open(server, init(BROWSER)), 'WebRtcConfig');
  assert.deepEqual(await sessions(), [
    { session_id: 'agent-x', client_unique_id, mode: 'create', has_websocket: true },
  ]);
  await close(kickoff);
  await close(await open(server, init({ session_id: 'work', mode: 'keepalive' })));
  await until(async () => (await sessions()).length === 2);
  await until(async () => (await sessions())[1].has_websocket === false);
  assert.deepEqual((await sessions())[1], {
    session_id: 'work',
    client_unique_id: null,
    mode: 'keepalive',
    has_websocket: false,
  });
  const refused = await server.call('GET', '/api/sessions', undefined, { authorization: 'Bearer wrong' });
  assert.equal(refused.status, 401);
});

test('POST /api/host/cancel ends an app even as its page closes', async (context) => {
  const server = await pairedServer(context);
  const browser = await open(server, init());
  await says(browser, 'WebRtcConfig');
  server.box.currentGame = 1;
  await close(browser);
  assert.deepEqual((await server.call('POST', '/api/host/cancel', { host_id: 0 })).body, { success: true });
  assert.deepEqual([server.box.currentGame, await ids(server)], [0, []]);
});
