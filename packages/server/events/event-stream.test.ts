import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { serverEventSchema } from '@moonshare/contract';
import { EventReader } from '../testing/event-reader.ts';
import { pairedServer } from '../testing/paired-server.ts';
import { CREDENTIALS, startTestServer, streamerRequest } from '../testing/test-server.ts';
import { EventLog } from './event-log.ts';
import { EventStream, type EventStreamLimits } from './event-stream.ts';

const isOf = (type: string) => (event: { type: string }) => event.type === type;

test('the life of a streamer and a viewer is sent as events in order', async (context) => {
  const server = await pairedServer(context);
  const reader = await EventReader.open(context, server.url);
  assert.equal(reader.response.headers.get('content-type'), 'text/event-stream');
  assert.match(reader.response.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  await server.call('POST', '/api/streamers', streamerRequest('a'));
  const peer = server.peer('/api/streamers/a/peer', { authorization: `Bearer ${CREDENTIALS}` });
  const joined = await reader.event(isOf('viewer.joined'));
  const { peers } = (await server.call('GET', '/api/streamers/a')).body;
  assert.deepEqual(joined.data, {
    type: 'viewer.joined',
    at: joined.data.at,
    streamer_id: 'a',
    ...peers[0],
    viewers: 1,
  });
  const first = await reader.event(isOf('viewer.first_frame'));
  assert.deepEqual([first.data.peer_id, first.data.ms], [joined.data.peer_id, 150]);
  assert.equal((await reader.event(isOf('viewer.transport'))).data.transport, 'webrtc');
  const { rung, cause, network_kbps, stream_kbps } = (await reader.event(isOf('viewer.rung'))).data;
  assert.deepEqual([rung, cause, network_kbps, stream_kbps], ['full', null, null, 4000]);
  server.box.bitrates = new Map();
  await server.call('PATCH', '/api/streamers/a', { bitrate: 2_500 });
  await server.call('POST', '/api/users', { name: 'anna', password: 'correct horse', role: 'user' });
  await server.call('PUT', '/api/streamers/a/shares/anna', { role: 'watch' });
  await server.call('PUT', '/api/streamers/a/control', { policy: 'exclusive' });
  await server.call('POST', '/api/streamers/a/control', { action: 'take' });
  await server.call('POST', '/api/streamers/a/control', { action: 'request', participant: 'other' });
  await server.call('POST', '/api/streamers/a/control', { action: 'deny' });
  await server.call('PATCH', `/api/streamers/a/peers/${joined.data.peer_id}`, { role: 'watch' });
  peer.socket.close();
  const left = await reader.event(isOf('viewer.left'));
  assert.deepEqual([left.data.peer_id, left.data.viewers], [joined.data.peer_id, 0]);
  await server.call('DELETE', '/api/streamers/a');
  await reader.event(isOf('streamer.ended'));
  for (const { data, type } of reader.seen) assert.equal(serverEventSchema.parse(data).type, type);
  const types = serverEventSchema.options
    .filter(({ shape }) => 'streamer_id' in shape)
    .map(({ shape }) => shape.type.value);
  assert.deepEqual(new Set(reader.seen.map(({ type }) => type)), new Set(types));
  const told = reader.seen.map(({ data }) => data.status ?? data.state ?? data.type);
  const order = ['starting', 'connecting', 'streaming', 'active', 'viewer.joined', 'viewer.left', 'stopping'];
  assert.deepEqual(
    order.map((what) => told.indexOf(what)).toSorted((a, b) => a - b),
    order.map((what) => told.indexOf(what)),
  );
  assert.ok(order.every((what) => told.includes(what)));
});

test('a client that was away is sent what it missed, once', async (context) => {
  const server = await pairedServer(context, 2);
  const first = await EventReader.open(context, server.url);
  await server.call('POST', '/api/streamers', streamerRequest('a'));
  const seen = await first.event(({ data }) => data.status === 'active');
  first.close();
  await server.call('POST', '/api/streamers', streamerRequest('b'));
  const again = await EventReader.open(context, server.url, { 'last-event-id': seen.id });
  await again.event(({ data }) => data.status === 'active');
  assert.deepEqual(new Set(again.seen.map(({ data }) => data.streamer_id)), new Set(['b']));
  assert.equal(again.seen[0]?.type, 'streamer.created');
});

test('a client that missed more than may be queued is told to read the lists again, and stays connected', async (context) => {
  const { eventLog, stream, port } = await serveStream(context, { maxQueuedBytes: 64 * 1024 });
  const url = `http://127.0.0.1:${port}`;
  const reader = await EventReader.open(context, url);
  eventLog.add({ type: 'streamer.ended', streamer_id: 'a' });
  const { id } = await reader.event(isOf('streamer.ended'));
  reader.close();
  for (let i = 0; i < 20; i++) eventLog.add({ type: 'streamer.ended', streamer_id: 'x'.repeat(5_000) });
  const again = await EventReader.open(context, url, { 'last-event-id': id });
  await again.event(isOf('reset'));
  eventLog.add({ type: 'streamer.ended', streamer_id: 'now' });
  await again.event(({ data }) => data.streamer_id === 'now');
  assert.deepEqual([again.seen.length, stream.clients], [2, 1]);
});

test('a client that was away too long, or since before a restart, is told to read the lists again', async (context) => {
  const { url } = await startTestServer(context);
  for (const id of ['0badc0de-5', 'rubbish', '-1']) {
    const reader = await EventReader.open(context, url, { 'last-event-id': id });
    assert.deepEqual((await reader.event(isOf('reset'))).data, { type: 'reset' });
  }
});

test('nobody can read the events without credentials', async (context) => {
  const { url } = await startTestServer(context);
  const { response } = await EventReader.open(context, url, { authorization: 'Bearer wrong' });
  assert.equal(response.status, 401);
});

async function serveStream(context: TestContext, limits: EventStreamLimits) {
  const eventLog = new EventLog();
  const stream = new EventStream(eventLog, limits);
  const server = createServer((request, response) => {
    response.writeHead(200);
    stream.serve(response, { lastEventId: request.headers['last-event-id'] as string | undefined, isFor: () => true });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { eventLog, stream, port };
}

test('a client that does not read is dropped, along with its timer and its seat', async (context) => {
  const { eventLog, stream, port } = await serveStream(context, { maxQueuedBytes: 64 * 1024 });
  const socket = connect(port, '127.0.0.1').pause();
  context.after(() => socket.destroy());
  socket.write('GET /api/events HTTP/1.1\r\nHost: x\r\n\r\n');
  while (stream.clients === 0) await setImmediate();
  const reader = await EventReader.open(context, `http://127.0.0.1:${port}`);
  const streamer_id = 'x'.repeat(50_000);
  let sent = 0;
  for (; stream.clients === 2; sent++) {
    eventLog.add({ type: 'streamer.ended', streamer_id });
    await setImmediate();
  }
  assert.ok(sent * 50_000 < 64 * 1024 * 1024, 'what waits for it is bounded');
  eventLog.add({ type: 'streamer.ended', streamer_id: 'still here' });
  await reader.event(({ data }) => data.streamer_id === 'still here');
  assert.equal(stream.clients, 1);
});

test('silence is filled with comments', async (context) => {
  const { port } = await serveStream(context, { heartbeatMs: 5 });
  const reader = await EventReader.open(context, `http://127.0.0.1:${port}`);
  assert.equal(await reader.comment(), 'heartbeat');
});
