import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { StreamerInit } from '@moonshare/contract';
import { FAKE_ENCRYPTION } from '../testing/fake-encryption.ts';
import { pairedServer } from '../testing/paired-server.ts';
import { isAlive, until } from '../testing/processes.ts';
import type { TestPeer, TestServer } from '../testing/test-server.ts';
import { streamerRequest } from '../testing/test-server.ts';

const headers = { authorization: 'Bearer the-shared-credentials' };
const PEER = '/api/streamers/a/peer?events=1';

/** Streamer `a`, active, with a viewer that has begun to negotiate. */
async function watched(context: TestContext, o: { appId?: number } = {}) {
  const server = await pairedServer(context, 1, {}, { restartDelaysMs: [0, 10, 10], forked: true });
  await server.call('POST', '/api/streamers', streamerRequest('a', { app_id: o.appId ?? 1 }));
  const peer = server.peer(PEER, headers);
  await peer.message((message) => configs(message));
  return { server, peer };
}

function configs(message: unknown): boolean {
  return JSON.stringify(message).includes('WebRtcConfig');
}

function states(peer: TestPeer): string[] {
  return peer.messages.flatMap((message) =>
    typeof message === 'object' && message !== null && 'StreamerState' in message
      ? [(message.StreamerState as { status: string }).status]
      : [],
  );
}

function lastPid(server: TestServer): number {
  return server.pids().at(-1)!;
}

test('protocol/4 §7.13: a streamer that is killed is started again, its viewers stay and begin anew', async (context) => {
  const { server, peer } = await watched(context);
  process.kill(lastPid(server), 'SIGKILL');
  await until(() => states(peer).join().endsWith('reconnecting,active'));
  assert.equal(peer.messages.filter(configs).length, 2);
  const told = peer.messages.find((message) => JSON.stringify(message).includes('"reconnecting"'));
  assert.match(JSON.stringify(told), /"code":"STREAMER_DIED"/);
  assert.match(JSON.stringify(told), /"host_encryption":null/);
  const { body } = await server.call('GET', '/api/streamers/a');
  assert.deepEqual([body.status, body.error, body.connected_peers], ['active', null, 1]);
  assert.deepEqual(body.host_encryption, FAKE_ENCRYPTION);
  assert.equal(peer.socket.readyState, peer.socket.OPEN);
});

test('a streamer that uses too much memory is started again, and everybody is told why', async (context) => {
  const { server, peer } = await watched(context);
  const before = lastPid(server);
  process.kill(before, 'SIGUSR2');
  await until(() => states(peer).join().endsWith('reconnecting,active'));
  const told = peer.messages.find((message) => JSON.stringify(message).includes('"reconnecting"'));
  const why = 'The streamer process used 4768 MB of memory, more than the 1024 MB it may';
  assert.match(JSON.stringify(told), new RegExp(`"error":"${why}","code":"STREAMER_DIED"`));
  assert.notEqual(lastPid(server), before);
});

test('the next process has the certificate, the port and the app of the one before, and resumes', async (context) => {
  const { server, peer } = await watched(context);
  process.kill(lastPid(server), 'SIGKILL');
  await until(() => states(peer).join().endsWith('reconnecting,active'));
  const [first, second] = server.sentToWorkers('init') as unknown as [StreamerInit, StreamerInit];
  assert.deepEqual({ ...second, resume: false }, first);
  assert.deepEqual([first.resume, second.resume], [false, true]);
});

test('what a viewer says to a dead process does not reach the next one', async (context) => {
  const { server, peer } = await watched(context);
  const offer = (sdp: string) => peer.send({ Signaling: { Description: { ty: 'offer', sdp } } });
  process.kill(lastPid(server), 'SIGKILL');
  await peer.message((message) => JSON.stringify(message).includes('"reconnecting"'));
  offer('to the dead');
  await until(() => peer.messages.filter(configs).length === 2);
  offer('to the living');
  await peer.message((message) => JSON.stringify(message).includes('to the living'));
  assert.doesNotMatch(JSON.stringify(server.sentToWorkers('fromPeer')), /to the dead/);
});

test('a streamer that hangs is noticed, killed and started again', async (context) => {
  const { server, peer } = await watched(context);
  process.kill(lastPid(server), 'SIGSTOP');
  await until(() => states(peer).join().endsWith('reconnecting,active'), 20_000);
  const told = peer.messages.find((message) => JSON.stringify(message).includes('"reconnecting"'));
  assert.match(JSON.stringify(told), /went silent/);
});

test('a streamer that somebody else ends in order is started again', async (context) => {
  const { server, peer } = await watched(context);
  process.kill(lastPid(server), 'SIGTERM');
  await until(() => states(peer).join().endsWith('reconnecting,active'));
});

test('one that dies again and again is given up with a reason, and its viewers are told', async (context) => {
  const { server, peer } = await watched(context, { appId: 5 });
  const plain = server.peer('/api/streamers/a/peer', headers);
  await plain.message(configs);
  process.kill(lastPid(server), 'SIGKILL');
  assert.deepEqual(await peer.closed, { code: 4502, reason: 'STREAMER_KEEPS_DYING' });
  await plain.closed;
  assert.deepEqual(plain.messages.at(-1), { ConnectionTerminated: { error_code: -1 } });
  assert.equal(states(peer).at(-1), 'failed');
  const { body } = await server.call('GET', '/api/streamers/a');
  assert.deepEqual([body.status, body.error.code, body.connected_peers], ['failed', 'STREAMER_KEEPS_DYING', 0]);
  assert.equal(server.pids().length, 4);
  for (const pid of server.pids()) assert.equal(isAlive(pid), false);
});

test('DELETE of a streamer that is about to be started again ends the app that it left on the host', async (context) => {
  const server = await pairedServer(context, 1, {}, { restartDelaysMs: [60_000], forked: true });
  await server.call('POST', '/api/streamers', streamerRequest('a'));
  server.box.currentGame = 1;
  const peer = server.peer(PEER, headers);
  await peer.opened;
  process.kill(lastPid(server), 'SIGKILL');
  await peer.message((message) => JSON.stringify(message).includes('"reconnecting"'));
  assert.equal((await server.call('DELETE', '/api/streamers/a')).status, 204);
  assert.equal(server.box.currentGame, 0);
  assert.equal((await peer.closed).reason, 'STREAMER_STOPPED');
});

test('an end by the host is told once, with its own code', async (context) => {
  const { peer } = await watched(context, { appId: 6 });
  assert.deepEqual(await peer.closed, { code: 4502, reason: 'TERMINATED' });
  const ends = peer.messages.filter((message) => JSON.stringify(message).includes('ConnectionTerminated'));
  assert.deepEqual(ends, [{ ConnectionTerminated: { error_code: 0 } }]);
});
