import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { streamerInfoSchema } from '@moonshare/contract';
import { freeUdpRange } from '../testing/free-udp-range.ts';
import { pairedServer } from '../testing/paired-server.ts';
import { startTestServer, streamerRequest } from '../testing/test-server.ts';

test('POST answers 200 with the actual state once the host session is up', async (context) => {
  const { call } = await pairedServer(context);
  const { status, body } = await call('POST', '/api/streamers', streamerRequest('agent-1'));
  assert.equal(status, 200);
  const info = streamerInfoSchema.parse(body);
  assert.deepEqual(
    [info.streamer_id, info.status, info.moonlight_connected, info.connected_peers, info.width, info.height, info.fps],
    ['agent-1', 'active', true, 0, 1920, 1080, 60],
  );
  const { statistics: _statistics, ...again } = (await call('GET', '/api/streamers/agent-1')).body;
  assert.equal(again.created_at, info.created_at);
  assert.deepEqual((await call('GET', '/api/streamers')).body, { streamers: [again] });
});

test('the older document nests the settings', async (context) => {
  const { call } = await pairedServer(context);
  const { width, height, video_supported_formats, ...flat } = streamerRequest('a');
  const { body } = await call('POST', '/api/streamers', {
    ...flat,
    settings: { width, height, video_supported_formats },
  });
  assert.deepEqual([body.width, body.height], [1920, 1080]);
});

test('protocol/4 §7.1: there is one registry: what one request creates, every other sees', async (context) => {
  const { call } = await pairedServer(context, 3);
  await Promise.all(['a', 'b', 'c'].map((id) => call('POST', '/api/streamers', streamerRequest(id))));
  const lists = await Promise.all(Array.from({ length: 10 }, () => call('GET', '/api/streamers')));
  for (const { body } of lists) assert.equal(body.streamers.length, 3);
});

test('unknown host, unpaired host and unknown app give the texts that callers know', async (context) => {
  const { call, hosts } = await startTestServer(context);
  hosts.add('box');
  const host = await call('POST', '/api/streamers', streamerRequest('a'));
  assert.deepEqual([host.status, host.body.error, host.body.code], [404, 'Host not found', 'HOST_NOT_FOUND']);
  await call('PUT', '/api/host', { address: 'box' });
  const unpaired = await call('POST', '/api/streamers', streamerRequest('a'));
  assert.deepEqual(
    [unpaired.status, unpaired.body.error, unpaired.body.code],
    [400, 'Host not paired', 'HOST_NOT_PAIRED'],
  );
  assert.deepEqual((await call('GET', '/api/streamers')).body, { streamers: [] });
});

test('an app that the host does not have gives a 404 with a code', async (context) => {
  const { call } = await pairedServer(context);
  const { status, body } = await call('POST', '/api/streamers', streamerRequest('a', { app_id: 77 }));
  assert.deepEqual([status, body.code], [404, 'APP_NOT_FOUND']);
  assert.equal((await call('POST', '/api/streamers', streamerRequest('a'))).status, 200);
});

test('an unreachable host gives a 502 with a code', async (context) => {
  const { call, box } = await pairedServer(context);
  box.online = false;
  const { status, body } = await call('POST', '/api/streamers', streamerRequest('a'));
  assert.deepEqual([status, body.code], [502, 'HOST_UNREACHABLE']);
});

test('protocol/4 §7.8: a start that fails is reported and leaves nothing behind', async (context) => {
  const server = await pairedServer(context);
  for (const [app_id, status, code] of [
    [2, 503, 'HOST_BUSY'],
    [3, 502, 'STREAMER_DIED'],
  ]) {
    const answer = await server.call('POST', '/api/streamers', streamerRequest('a', { app_id }));
    assert.deepEqual([answer.status, answer.body.code], [status, code]);
    assert.equal((await server.call('GET', '/api/streamers/a')).status, 404);
    assert.equal(server.workers.at(-1)?.running, false);
  }
  assert.equal((await server.call('POST', '/api/streamers', streamerRequest('a'))).status, 200);
});

test('a host session that does not come up in time gives a 504 with a code', async (context) => {
  const server = await pairedServer(context, 1, {}, { startLimitMs: 1_000 });
  const { status, body } = await server.call('POST', '/api/streamers', streamerRequest('a', { app_id: 4 }));
  assert.deepEqual([status, body.code], [504, 'HOST_TIMEOUT']);
  assert.equal((await server.call('GET', '/api/streamers/a')).status, 404);
  assert.ok(server.workers.every(({ running }) => !running));
});

test('with wait=false the answer comes at once, and the status shows a failure', async (context) => {
  const { call, peer } = await pairedServer(context);
  const { status, body } = await call('POST', '/api/streamers?wait=false', streamerRequest('a', { app_id: 2 }));
  assert.deepEqual([status, body.status, body.moonlight_connected], [200, 'starting', false]);
  const watcher = peer('/api/streamers/a/peer?events=1', { authorization: 'Bearer the-shared-credentials' });
  await watcher.closed;
  const failed = (await call('GET', '/api/streamers/a')).body;
  assert.deepEqual([failed.status, failed.error.code, failed.moonlight_connected], ['failed', 'HOST_BUSY', false]);
  assert.equal((await call('POST', '/api/streamers', streamerRequest('a'))).body.status, 'active');
});

test('protocol/4 §7.9: of two POSTs with the same ID one wins', async (context) => {
  const server = await pairedServer(context, 3);
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => server.call('POST', '/api/streamers', streamerRequest('a'))),
  );
  const statuses = answers.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
  const loser = answers.find(({ status }) => status === 409)!;
  assert.deepEqual([loser.body.error, loser.body.code], ['Streamer already exists', 'STREAMER_EXISTS']);
  assert.equal(server.sentToWorkers('init').length, 1);
});

test('protocol/4 §7.10: DELETE ends peers, the session on the host and the process', async (context) => {
  const server = await pairedServer(context);
  await server.call('POST', '/api/streamers', streamerRequest('a'));
  server.box.currentGame = 1;
  const peer = server.peer('/api/streamers/a/peer', { authorization: 'Bearer the-shared-credentials' });
  await peer.message((message) => JSON.stringify(message).includes('UpdateApp'));
  const { status, body } = await server.call('DELETE', '/api/streamers/a');
  assert.deepEqual([status, body], [204, null]);
  assert.equal(server.workers.at(-1)?.running, false);
  assert.deepEqual([server.sentToWorkers('stop').length, server.box.currentGame], [1, 0]);
  assert.deepEqual(await peer.closed, { code: 4410, reason: 'STREAMER_STOPPED' });
  const gone = await server.call('DELETE', '/api/streamers/a');
  assert.deepEqual([gone.status, gone.body.error], [404, 'Streamer not found']);
  assert.equal((await server.call('GET', '/api/streamers/a')).status, 404);
});

test('DELETE during the start ends it', async (context) => {
  const server = await pairedServer(context);
  const started = server.call('POST', '/api/streamers', streamerRequest('a', { app_id: 4 }));
  const watcher = server.peer('/api/streamers/a/peer?events=1', { authorization: 'Bearer the-shared-credentials' });
  await Promise.race([watcher.opened, watcher.refused]);
  while ((await server.call('GET', '/api/streamers/a')).body.stage !== 'Starting the app')
    await new Promise(setImmediate);
  const deletions = await Promise.all([1, 2].map(() => server.call('DELETE', '/api/streamers/a')));
  assert.deepEqual(
    deletions.map(({ status }) => status),
    [204, 204],
  );
  assert.deepEqual([(await started).status, (await started).body.code], [410, 'STREAMER_STOPPED']);
  assert.equal(server.workers.at(-1)?.running, false);
});

test('an app shared by several streamers ends with the last of them', async (context) => {
  const server = await pairedServer(context, 3);
  for (const id of ['a', 'joins-b', 'joins-c']) {
    await server.call('POST', '/api/streamers', streamerRequest(id));
    server.box.currentGame = 1;
  }
  const remaining: number[] = [];
  for (const id of ['a', 'joins-c', 'joins-b']) {
    await server.call('DELETE', `/api/streamers/${id}`);
    remaining.push(server.box.currentGame);
  }
  assert.deepEqual(remaining, [1, 1, 0]);
});

test('each streamer has a separate certificate and UDP port, and both are reused', async (context) => {
  const server = await pairedServer(context, 2);
  await server.call('POST', '/api/streamers', streamerRequest('a'));
  await server.call('POST', '/api/streamers', streamerRequest('b'));
  const none = await server.call('POST', '/api/streamers', streamerRequest('c'));
  assert.equal(none.body.code, 'HOST_NOT_PAIRED');
  assert.match(none.body.hint, /2 client certificates/);
  await server.call('DELETE', '/api/streamers/a');
  await server.call('DELETE', '/api/streamers/b');
  await server.call('POST', '/api/streamers', streamerRequest('b'));
  await server.call('POST', '/api/streamers', streamerRequest('a'));
  const [a, b, b2, a2] = server.sentToWorkers('init') as {
    identity: { certificate: string };
    webrtc: { udpPort: number };
  }[];
  assert.notEqual(a!.identity.certificate, b!.identity.certificate);
  assert.notEqual(a!.webrtc.udpPort, b!.webrtc.udpPort);
  assert.deepEqual([a2!.identity, b2!.identity], [a!.identity, b!.identity]);
  assert.equal(b2!.webrtc.udpPort, a!.webrtc.udpPort);
});

test('if no UDP port is left, the answer says so', async (context) => {
  const { from } = await freeUdpRange(1);
  const server = await startTestServer(context, {
    MOONSHARE_UDP_PORTS: String(from),
    MOONLIGHT_INTERNAL_PAIRING_PIN: '1234',
  });
  server.hosts.add('box').pin = '1234';
  await server.call('PUT', '/api/host', { address: 'box' });
  assert.equal((await server.call('POST', '/api/streamers', streamerRequest('a'))).status, 200);
  const { status, body } = await server.call('POST', '/api/streamers', streamerRequest('b'));
  assert.deepEqual([status, body.code], [503, 'UDP_PORTS_EXHAUSTED']);
});

test('a stopping server ends all streamers and starts no more', async (context) => {
  const server = await pairedServer(context, 2);
  await server.call('POST', '/api/streamers', streamerRequest('a'));
  await server.call('POST', '/api/streamers?wait=false', streamerRequest('b', { app_id: 4 }));
  const peer = server.peer('/api/streamers/a/peer', { authorization: 'Bearer the-shared-credentials' });
  await once(peer.socket, 'open');
  await server.server.close();
  await peer.closed;
  assert.ok(server.workers.every(({ running }) => !running));
  await assert.rejects(server.server.streamers.create(streamerRequest('c') as never, { ownerId: null, wait: true }), {
    code: 'SHUTTING_DOWN',
  });
});
