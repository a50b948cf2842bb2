// PATCH of a streamer: a change of the bitrate while it runs.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FromStreamer } from '@moonshare/contract';
import { accountServer, PASSWORD } from '../../testing/account-server.ts';
import { EventReader } from '../../testing/event-reader.ts';
import { pairedServer } from '../../testing/paired-server.ts';
import { until } from '../../testing/processes.ts';
import {
  startTestServer,
  streamerRequest,
  type TestServer,
  type TestServerOptions,
} from '../../testing/test-server.ts';

/** A server whose host changes bitrates, with an active streamer `a` of 20 Mbit/s. */
async function started(context: TestContext, environment: Record<string, string> = {}, options?: TestServerOptions) {
  const server = await pairedServer(context, 2, environment, options);
  server.box.bitrates = new Map();
  assert.equal((await server.call('PUT', '/api/streamers/a', streamerRequest('a'))).status, 200);
  return { ...server, bitrates: server.box.bitrates };
}

const patch = (server: Pick<TestServer, 'call'>, body: unknown, id = 'a') =>
  server.call('PATCH', `/api/streamers/${id}`, body);

const bitrateOf = async (server: Pick<TestServer, 'call'>) =>
  (await server.call('GET', '/api/streamers/a')).body.bitrate;

/** The bitrates with which streamer processes were started. */
const initialised = (server: TestServer) =>
  server.sentToWorkers('init').map(({ settings }) => (settings as { bitrate: number }).bitrate);

test('the host is asked with the certificate of that streamer, and every view shows the new bitrate', async (context) => {
  const server = await started(context);
  const events = await EventReader.open(context, server.url);
  await server.call('POST', '/api/streamers', streamerRequest('b'));
  const { status, body } = await patch(server, { bitrate: 2_500 });
  assert.deepEqual([status, body.status, body.bitrate], [200, 'active', 2_500]);
  const [init] = server.sentToWorkers('init') as { identity?: { certificate: string } }[];
  assert.deepEqual([...server.bitrates], [[init?.identity?.certificate, 2_500]]);
  assert.equal(await bitrateOf(server), 2_500);
  const { streamers } = (await server.call('GET', '/api/streamers')).body;
  assert.deepEqual(
    streamers.map(({ bitrate }: { bitrate: number }) => bitrate),
    [2_500, 20_000],
  );
  const { data } = await events.event(({ type }) => type === 'streamer.bitrate');
  assert.deepEqual([data.streamer_id, data.bitrate], ['a', 2_500]);
});

test('it is what the host applied, not what was asked for', async (context) => {
  const server = await started(context);
  server.box.maxBitrate = 8_000;
  assert.equal((await patch(server, { bitrate: 50_000 })).body.bitrate, 8_000);
  // No start could ask for this.
  server.box.maxBitrate = 1;
  assert.equal((await patch(server, { bitrate: 3_000 })).body.bitrate, 3_000);
});

test('the running process and the next one have it, and a PUT has to ask for it', async (context) => {
  const server = await started(context, {}, { restartDelaysMs: [0] });
  await patch(server, { bitrate: 2_500 });
  await until(() => server.sentToWorkers('bitrateChanged').length === 1);
  assert.equal(server.sentToWorkers('bitrateChanged')[0]?.bitrate, 2_500);
  server.workers[0]!.kill();
  await until(async () => server.sentToWorkers('init').length === 2);
  assert.deepEqual(initialised(server), [20_000, 2_500]);
  const put = (bitrate: number) => server.call('PUT', '/api/streamers/a', streamerRequest('a', { bitrate }));
  assert.deepEqual([(await put(20_000)).body.code, (await put(2_500)).status], ['STREAMER_DIFFERS', 200]);
});

test('a desired streamer has it after a restart of the server', async (context) => {
  const MOONSHARE_DATA = mkdtempSync(join(tmpdir(), 'moonshare-bitrate-'));
  let second: TestServer | undefined;
  // Before the hook of the first server, which removes the data.
  context.after(() => second?.server.close());
  const first = await started(context, { MOONSHARE_DATA });
  await patch(first, { bitrate: 2_500 });
  await first.server.close();
  second = await startTestServer(context, { MOONSHARE_DATA }, { hosts: first.hosts });
  assert.equal(await bitrateOf(second), 2_500);
});

test('a host that cannot do it, or does not answer, changes nothing', async (context) => {
  const server = await started(context);
  server.box.bitrates = null;
  const cannot = await patch(server, { bitrate: 2_500 });
  assert.deepEqual([cannot.status, cannot.body.code], [501, 'HOST_CANNOT']);
  assert.match(cannot.body.hint, /start it with the bitrate/);
  for (const [failure, status] of [
    ['HOST_UNREACHABLE', 502],
    ['HOST_REFUSED', 502],
    ['HOST_BAD_REPLY', 502],
    ['HOST_TIMEOUT', 504],
  ] as const) {
    server.box.failure = failure;
    const { status: seen, body } = await patch(server, { bitrate: 2_500 });
    assert.deepEqual([seen, body.code], [status, failure]);
  }
  server.box.failure = null;
  // It has forgotten this client.
  server.box.clients.length = 0;
  assert.equal((await patch(server, { bitrate: 2_500 })).body.code, 'HOST_NOT_PAIRED');
  assert.equal(await bitrateOf(server), 20_000);
  assert.deepEqual(server.sentToWorkers('bitrateChanged'), []);
});

test('only an active streamer can be changed, and only its bitrate', async (context) => {
  const server = await started(context);
  await server.call('POST', '/api/streamers?wait=false', streamerRequest('hangs', { app_id: 4 }));
  const starting = await patch(server, { bitrate: 2_500 }, 'hangs');
  assert.deepEqual([starting.status, starting.body.code], [409, 'STREAMER_NOT_ACTIVE']);
  assert.equal((await patch(server, { bitrate: 2_500 }, 'nobody')).body.code, 'STREAMER_NOT_FOUND');
  for (const body of [{}, { bitrate: 99 }, { bitrate: 500_001 }, { bitrate: '2500' }, { bitrate: 2_500, fps: 30 }]) {
    const { status, body: answer } = await patch(server, body);
    assert.deepEqual([status, answer.code], [400, 'BAD_REQUEST'], JSON.stringify(body));
  }
  assert.deepEqual([...server.bitrates], []);
});

test('a streamer that is deleted while its host is asked does not come back', async (context) => {
  const MOONSHARE_DATA = mkdtempSync(join(tmpdir(), 'moonshare-bitrate-'));
  let second: TestServer | undefined;
  context.after(() => second?.server.close());
  const server = await started(context, { MOONSHARE_DATA });
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  server.box.changing = answered.promise;
  server.box.onRequest = () => server.box.requests.at(-1) === 'bitrate' && asked.resolve();
  const patched = patch(server, { bitrate: 2_500 });
  await asked.promise;
  assert.equal((await server.call('DELETE', '/api/streamers/a')).status, 204);
  answered.resolve();
  assert.deepEqual([(await patched).status, (await patched).body.code], [409, 'STREAMER_NOT_ACTIVE']);
  await server.server.close();
  second = await startTestServer(context, { MOONSHARE_DATA }, { hosts: server.hosts });
  assert.equal((await second.call('GET', '/api/streamers/a')).status, 404);
});

test('only who manages a streamer may change it', async (context) => {
  const server = await accountServer(context, { MOONSHARE_STREAMER_ACCESS: 'owners' });
  const person = async (name: string) => {
    await server.call('POST', '/api/users', { name, password: PASSWORD, role: 'user' });
    const headers = server.page((await server.logIn(name)).cookie);
    return (method: string, path: string, body?: unknown) => server.as(headers, method, path, body);
  };
  const [ann, ben] = [await person('ann'), await person('ben')];
  assert.equal((await ann('POST', '/api/streamers', streamerRequest('anns'))).status, 200);
  const change = (who: typeof ann) => who('PATCH', '/api/streamers/anns', { bitrate: 2_500 });
  assert.equal((await change(ben)).body.code, 'STREAMER_NOT_FOUND');
  await ann('PUT', '/api/streamers/anns/shares/ben', { role: 'full' });
  const shared = await change(ben);
  assert.deepEqual([shared.status, shared.body.code], [403, 'FORBIDDEN']);
  // She is stopped only by the host.
  assert.equal((await change(ann)).body.code, 'HOST_CANNOT');
});

/** What the process of streamer `a` says of its viewers: all are connected, and `short` of them are slow. */
function viewers(server: TestServer, count: number, short: number): void {
  const say = (message: FromStreamer) => server.workers[0]!.emit('message', message);
  for (let viewer = 0; viewer < count; viewer += 1) say({ type: 'peerConnected', peerId: `p${viewer}` });
  const slow = { rung: 'reduced', cause: 'network', networkKbps: 1_000, streamKbps: 20_000 } as const;
  for (let viewer = 0; viewer < short; viewer += 1) say({ type: 'peerRung', peerId: `p${viewer}`, ...slow });
}

test('with adaptive_bitrate it is lowered while most viewers are reduced, and what was asked for is kept', async (context) => {
  const server = await pairedServer(context, 2);
  server.box.bitrates = new Map();
  const request = streamerRequest('a', { adaptive_bitrate: true });
  await server.call('PUT', '/api/streamers/a', request);
  const events = await EventReader.open(context, server.url);
  viewers(server, 4, 2);
  assert.equal(await bitrateOf(server), 20_000, 'half of them are not most');
  viewers(server, 4, 3);
  const { data } = await events.event(({ type }) => type === 'streamer.bitrate');
  // A tenth of what was asked for is the least.
  assert.deepEqual([data.streamer_id, data.bitrate, await bitrateOf(server)], ['a', 2_000, 2_000]);
  assert.deepEqual([...(server.box.bitrates?.values() ?? [])], [2_000]);
  await until(() => server.sentToWorkers('bitrateChanged').length === 1);
  assert.equal(server.sentToWorkers('bitrateChanged')[0]?.bitrate, 2_000);
  assert.equal((await server.call('PUT', '/api/streamers/a', request)).status, 200);
  assert.equal((await patch(server, { bitrate: 5_000 })).body.bitrate, 5_000);
});

test('a host that cannot change it is asked once, and without adaptive_bitrate none is', async (context) => {
  const server = await started(context);
  viewers(server, 3, 3);
  await server.call('DELETE', '/api/streamers/a');
  assert.deepEqual([...server.bitrates], []);
  server.box.bitrates = null;
  await server.call('PUT', '/api/streamers/a', streamerRequest('a', { adaptive_bitrate: true }));
  server.box.requests.length = 0;
  const asked = Promise.withResolvers<void>();
  server.box.onRequest = () => server.box.requests.at(-1) === 'bitrate' && asked.resolve();
  const say = (message: FromStreamer) => server.workers.at(-1)!.emit('message', message);
  const slow = { rung: 'reduced', cause: 'network', networkKbps: 1_000, streamKbps: 20_000 } as const;
  say({ type: 'peerRung', peerId: 'p', ...slow });
  await asked.promise;
  assert.equal(await bitrateOf(server), 20_000);
  say({ type: 'peerRung', peerId: 'q', ...slow });
  assert.equal((await patch(server, { bitrate: 2_500 })).body.code, 'HOST_CANNOT');
  assert.equal(server.box.requests.filter((request) => request === 'bitrate').length, 2);
});
