import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { accountServer, REVOKED } from '../testing/account-server.ts';
import type { TestPeer, TestServer } from '../testing/test-server.ts';

const PATH = '/api/streamers/a/peer';

async function resumeToken(peer: TestPeer): Promise<string> {
  const { ResumeToken } = await peer.message<{ ResumeToken: { token: string } }>((message) => 'ResumeToken' in message);
  return ResumeToken.token;
}

function configured(peer: TestPeer): Promise<unknown> {
  return peer.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
}

/** The last viewer that was announced to the streamer process. */
async function lastAdded({ sentToWorkers }: TestServer, count: number): Promise<Record<string, unknown>> {
  while (sentToWorkers('addPeer').length < count) await new Promise(setImmediate);
  return sentToWorkers('addPeer').at(-1)!;
}

test('a viewer that comes back with only its secret takes its previous seat, even the last one', async (context) => {
  const server = await accountServer(context, { MOONSHARE_MAX_VIEWERS: '1' });
  const made = await server.link({ role: 'full', max_uses: 1 });
  const first = server.peer(`${PATH}?token=${(await server.join(made.headers)).body.token}&events=1`);
  const secret = await resumeToken(first);
  await configured(first);
  const { peerId: before } = await lastAdded(server, 1);
  const back = server.peer(`${PATH}?events=1&resume=${secret}`);
  await configured(back);
  assert.equal((await first.closed).reason, 'PEER_REMOVED');
  const added = await lastAdded(server, 2);
  assert.equal(added.succeeds, before);
  assert.equal(added.role, 'full');
  assert.deepEqual(server.sentToWorkers('removePeer'), [{ type: 'removePeer', peerId: before, mayReturn: true }]);
  const { peers } = (await server.call('GET', '/api/streamers/a')).body;
  assert.deepEqual(
    peers.map(({ peer_id, link_id }: Record<string, unknown>) => [peer_id, link_id]),
    [[added.peerId, made.id]],
  );
  // It keeps its grants, so its access can still be revoked.
  assert.equal((await server.call('DELETE', `/api/streamers/a/links/${made.id}`)).status, 204);
  assert.deepEqual(await back.closed, REVOKED);
});

test('a secret works once, only for its streamer, and not after its grant has ended', async (context) => {
  const server = await accountServer(context);
  const made = await server.link({ role: 'full' });
  const join = async () => server.peer(`${PATH}?token=${(await server.join(made.headers)).body.token}&events=1`);
  const first = await join();
  const secret = await resumeToken(first);
  assert.equal((await server.peer(`/api/streamers/b/peer?resume=${secret}`).refused).status, 401);
  const back = server.peer(`${PATH}?events=1&resume=${secret}`);
  await configured(back);
  for (const used of [secret, 'guessed', '']) {
    const { status, body } = await server.peer(`${PATH}?events=1&resume=${used}`).refused;
    assert.deepEqual([status, (body as { code: string }).code], [401, 'UNAUTHORIZED'], used);
  }
  const other = await resumeToken(back);
  assert.equal((await server.call('DELETE', `/api/streamers/a/links/${made.id}`)).status, 204);
  await back.closed;
  assert.equal((await server.peer(`${PATH}?events=1&resume=${other}`).refused).status, 401);
});

test('another viewer’s secret has no effect: its user joins as without it', async (context) => {
  const server = await accountServer(context);
  const [mine, other] = [await server.link({ role: 'full' }), await server.link({ role: 'full' })];
  const owner = server.peer(`${PATH}?token=${(await server.join(mine.headers)).body.token}&events=1`);
  const secret = await resumeToken(owner);
  await configured(owner);
  const { token } = (await server.join(other.headers)).body;
  await configured(server.peer(`${PATH}?token=${token}&events=1&resume=${secret}`));
  assert.equal((await lastAdded(server, 2)).succeeds, undefined);
  assert.equal((await server.call('GET', '/api/streamers/a')).body.connected_peers, 2);
  assert.deepEqual(server.sentToWorkers('removePeer'), []);
});

test('a viewer whose socket breaks off may come back, but not one that closed it or was removed', async (context) => {
  const server = await accountServer(context);
  const made = await server.link({ role: 'full' });
  const mayReturn = async (leave: (peer: TestPeer, id: string) => unknown) => {
    const { token } = (await server.join(made.headers)).body;
    const count = server.sentToWorkers('removePeer').length;
    const peer = server.peer(`${PATH}?token=${token}&events=1`);
    const secret = await resumeToken(peer);
    await configured(peer);
    const { peerId } = (await lastAdded(server, 1)) as { peerId: string };
    await leave(peer, server.sentToWorkers('addPeer').at(-1)!.peerId as string);
    while (server.sentToWorkers('removePeer').length <= count) await new Promise(setImmediate);
    assert.ok(peerId);
    const { mayReturn } = server.sentToWorkers('removePeer').at(-1)!;
    const back = server.peer(`${PATH}?events=1&resume=${secret}`);
    const comesBack = await Promise.race([configured(back).then(() => true), back.refused.then(() => false)]);
    back.socket.close();
    return [mayReturn, comesBack];
  };
  assert.deepEqual(await mayReturn((peer) => peer.socket.terminate()), [true, true]);
  assert.deepEqual(
    await mayReturn(async (peer) => {
      peer.socket.close();
      await once(peer.socket, 'close');
    }),
    [false, false],
  );
  assert.deepEqual(await mayReturn((_peer, id) => server.call('DELETE', `/api/streamers/a/peers/${id}`)), [
    false,
    false,
  ]);
});

test('StillThere is answered and requests the last frame; without events, a viewer gets no secret', async (context) => {
  const server = await accountServer(context);
  const made = await server.link({ role: 'watch' });
  const peer = await server.socket((await server.join(made.headers)).body.token);
  peer.send({ StillThere: {} });
  await peer.message((message) => JSON.stringify(message) === '{"StillHere":{}}');
  await lastAdded(server, 1);
  while (server.sentToWorkers('getLastFrame').length === 0) await new Promise(setImmediate);
  assert.ok(!JSON.stringify(peer.messages).includes('ResumeToken'));
});

test('a viewer whose grant has ended meanwhile cannot come back', async (context) => {
  const server = await accountServer(context);
  const made = await server.link({ role: 'full' });
  const gone = server.peer(`${PATH}?token=${(await server.join(made.headers)).body.token}&events=1`);
  const secret = await resumeToken(gone);
  await configured(gone);
  gone.socket.terminate();
  while (server.sentToWorkers('removePeer').length === 0) await new Promise(setImmediate);
  assert.equal((await server.call('DELETE', `/api/streamers/a/links/${made.id}`)).status, 204);
  assert.deepEqual(await server.peer(`${PATH}?events=1&resume=${secret}`).closed, REVOKED);
  assert.equal(server.sentToWorkers('addPeer').length, 1);
});
