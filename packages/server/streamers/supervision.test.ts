import assert from 'node:assert/strict';
import { once } from 'node:events';
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
async function watched(
  context: TestContext,
  {
    appId = 1,
    forked = false,
    restartDelaysMs = [0, 10, 10],
  }: { appId?: number; forked?: boolean; restartDelaysMs?: readonly number[] } = {},
) {
  const server = await pairedServer(context, 1, {}, { restartDelaysMs, forked });
  await server.call('POST', '/api/streamers', streamerRequest('a', { app_id: appId }));
  const peer = server.peer(PEER, headers);
  await peer.message((message) => configs(message));
  return { server, peer };
}

function configs(message: unknown): boolean {
  return JSON.stringify(message).includes('WebRtcConfig');
}

interface StateMessage {
  status: string;
}

function stateMessages(peer: TestPeer): StateMessage[] {
  return peer.messages.flatMap((message) =>
    typeof message === 'object' && message !== null && 'StreamerState' in message
      ? [message.StreamerState as StateMessage]
      : [],
  );
}

function states(peer: TestPeer): string[] {
  return stateMessages(peer).map(({ status }) => status);
}

/** Waits for the `times`th return, and returns the message that reported the loss of the process. */
async function back(peer: TestPeer, times = 1, limitMs?: number): Promise<string> {
  const count = () => states(peer).join().split('reconnecting,active').length - 1;
  await until(() => count() === times, limitMs);
  return JSON.stringify(stateMessages(peer).findLast(({ status }) => status === 'reconnecting'));
}

function lastPid(server: TestServer): number {
  return server.pids().at(-1)!;
}

test('a lost streamer process is replaced, however it was lost, and viewers learn why', async (context) => {
  const { server, peer } = await watched(context, { forked: true, restartDelaysMs: [0, 10, 10, 10, 10] });

  await context.test('protocol/4 §7.13: one that is killed; its viewers stay and negotiate anew', async () => {
    process.kill(lastPid(server), 'SIGKILL');
    const told = await back(peer);
    assert.equal(peer.messages.filter(configs).length, 2);
    assert.match(told, /"code":"STREAMER_DIED"/);
    assert.match(told, /"host_encryption":null/);
    const { body } = await server.call('GET', '/api/streamers/a');
    assert.deepEqual([body.status, body.error, body.connected_peers], ['active', null, 1]);
    assert.deepEqual(body.host_encryption, FAKE_ENCRYPTION);
    assert.equal(peer.socket.readyState, peer.socket.OPEN);
  });

  await context.test('one that uses too much memory', async () => {
    const before = lastPid(server);
    process.kill(before, 'SIGUSR2');
    const why = 'The streamer process used 4768 MB of memory, more than the limit of 1024 MB';
    assert.match(await back(peer, 2), new RegExp(`"error":"${why}","code":"STREAMER_DIED"`));
    assert.notEqual(lastPid(server), before);
  });

  await context.test('one that someone else terminates', async () => {
    process.kill(lastPid(server), 'SIGTERM');
    await back(peer, 3);
  });

  await context.test('one that hangs, which is noticed and killed', async () => {
    process.kill(lastPid(server), 'SIGSTOP');
    assert.match(await back(peer, 4, 20_000), /went silent/);
  });

  assert.equal(server.pids().length, 5);
  await server.server.close();
  for (const pid of server.pids()) assert.equal(isAlive(pid), false);
});

test('the next process has the certificate, port and app of the previous one, and resumes', async (context) => {
  const { server, peer } = await watched(context);
  server.workers[0]!.kill();
  await back(peer);
  const [first, second] = server.sentToWorkers('init') as unknown as [StreamerInit, StreamerInit];
  assert.deepEqual({ ...second, resume: false }, first);
  assert.deepEqual([first.resume, second.resume], [false, true]);
});

test('what a viewer sends to a dead process does not reach the next one', async (context) => {
  // Long enough for the server to read what is sent meanwhile.
  const { server, peer } = await watched(context, { restartDelaysMs: [1_000] });
  const offer = (sdp: string) => peer.send({ Signaling: { Description: { ty: 'offer', sdp } } });
  server.workers[0]!.kill();
  await peer.message((message) => JSON.stringify(message).includes('"reconnecting"'));
  offer('to the dead');
  peer.socket.ping();
  await once(peer.socket, 'pong');
  await until(() => peer.messages.filter(configs).length === 2);
  offer('to the living');
  await peer.message((message) => JSON.stringify(message).includes('to the living'));
  assert.doesNotMatch(JSON.stringify(server.sentToWorkers('fromPeer')), /to the dead/);
});

test('a streamer whose process keeps dying fails with a reason, which its viewers learn', async (context) => {
  const { server, peer } = await watched(context, { appId: 5 });
  const plain = server.peer('/api/streamers/a/peer', headers);
  await plain.message(configs);
  server.workers[0]!.kill();
  assert.deepEqual(await peer.closed, { code: 4502, reason: 'STREAMER_KEEPS_DYING' });
  await plain.closed;
  assert.deepEqual(plain.messages.at(-1), { ConnectionTerminated: { error_code: -1 } });
  assert.equal(states(peer).at(-1), 'failed');
  const { body } = await server.call('GET', '/api/streamers/a');
  assert.deepEqual([body.status, body.error.code, body.connected_peers], ['failed', 'STREAMER_KEEPS_DYING', 0]);
  assert.deepEqual(
    server.workers.map(({ running }) => running),
    [false, false, false, false],
  );
});

test('DELETE of a streamer that waits for its restart ends the app it left on the host', async (context) => {
  const server = await pairedServer(context, 1, {}, { restartDelaysMs: [60_000] });
  await server.call('POST', '/api/streamers', streamerRequest('a'));
  server.box.currentGame = 1;
  const peer = server.peer(PEER, headers);
  await peer.opened;
  server.workers[0]!.kill();
  await peer.message((message) => JSON.stringify(message).includes('"reconnecting"'));
  assert.equal((await server.call('DELETE', '/api/streamers/a')).status, 204);
  assert.equal(server.box.currentGame, 0);
  assert.equal((await peer.closed).reason, 'STREAMER_STOPPED');
});

test('an end by the host is reported once, with its code', async (context) => {
  const { peer } = await watched(context, { appId: 6 });
  assert.deepEqual(await peer.closed, { code: 4502, reason: 'TERMINATED' });
  const ends = peer.messages.filter((message) => JSON.stringify(message).includes('ConnectionTerminated'));
  assert.deepEqual(ends, [{ ConnectionTerminated: { error_code: 0 } }]);
});
