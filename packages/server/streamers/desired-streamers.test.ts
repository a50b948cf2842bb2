import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { MoonshareError } from '@moonshare/contract';
import { pino } from 'pino';
import { openDatabase } from '../store/database.ts';
import { type DesiredStreamer, DesiredStreamerStore } from '../store/desired-streamer-store.ts';
import { PendingWrites } from '../store/pending-writes.ts';
import { pairedServer } from '../testing/paired-server.ts';
import { until } from '../testing/processes.ts';
import { startTestServer, streamerRequest, type TestServer } from '../testing/test-server.ts';
import { DesiredStreamers } from './desired-streamers.ts';

function request(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return streamerRequest('a', changes);
}

/** A server that was shut down cleanly, and the next one with the same data. */
async function twoServers(context: TestContext, environment: Record<string, string> = {}) {
  const MOONSHARE_DATA = mkdtempSync(join(tmpdir(), 'moonshare-wanted-'));
  let second: TestServer | undefined;
  // Before the first server’s hook, which removes the data that streamers of the second still write to.
  context.after(() => second?.server.close());
  const first = await pairedServer(context, 2, { ...environment, MOONSHARE_DATA });
  const next = async (): Promise<TestServer> => {
    await first.server.close();
    second = await startTestServer(context, { ...environment, MOONSHARE_DATA }, { hosts: first.hosts });
    return second;
  };
  return { first, data: MOONSHARE_DATA, next };
}

async function status(server: TestServer): Promise<string> {
  const { body } = await server.call('GET', '/api/streamers/a');
  return body.status ?? body.code;
}

test('PUT creates a streamer, and repeating it changes nothing', async (context) => {
  const server = await pairedServer(context);
  const first = await server.call('PUT', '/api/streamers/a', request());
  assert.deepEqual([first.status, first.body.status], [200, 'active']);
  const { streamer_id: _, ...withoutId } = request();
  const again = await server.call('PUT', '/api/streamers/a', withoutId);
  assert.deepEqual([again.status, again.body], [200, first.body]);
  assert.equal(server.sentToWorkers('init').length, 1);
});

test('a control policy that was changed is no difference, and is kept over a restart of the server', async (context) => {
  const { first, next } = await twoServers(context);
  await first.call('PUT', '/api/streamers/a', request());
  await first.call('PUT', '/api/streamers/a/control', { policy: 'exclusive' });
  assert.equal((await first.call('PUT', '/api/streamers/a', request())).status, 200);
  const second = await next();
  assert.equal((await second.call('GET', '/api/streamers/a/control')).body.policy, 'exclusive');
});

test('PUT with different settings, another ID or unknown fields is refused', async (context) => {
  const server = await pairedServer(context);
  await server.call('PUT', '/api/streamers/a', request());
  const differs = await server.call('PUT', '/api/streamers/a', request({ fps: 30 }));
  assert.deepEqual([differs.status, differs.body.code], [409, 'STREAMER_DIFFERS']);
  const other = await server.call('PUT', '/api/streamers/b', request());
  assert.deepEqual([other.status, other.body.code], [400, 'BAD_REQUEST']);
  const unknown = await server.call('PUT', '/api/streamers/a', request({ colour: 'blue' }));
  assert.deepEqual([unknown.status, unknown.body.code], [400, 'BAD_REQUEST']);
});

test('two PUTs at once start one streamer, and both are answered when it is up', async (context) => {
  const server = await pairedServer(context, 2);
  const answers = await Promise.all([1, 2, 3].map(() => server.call('PUT', '/api/streamers/a', request())));
  assert.deepEqual(
    answers.map(({ status: code, body }) => [code, body.status]),
    [1, 2, 3].map(() => [200, 'active']),
  );
  assert.equal(server.sentToWorkers('init').length, 1);
});

test('a PUT that fails leaves nothing behind', async (context) => {
  const { first, next } = await twoServers(context);
  const failed = await first.call('PUT', '/api/streamers/a', request({ app_id: 2 }));
  assert.deepEqual([failed.status, failed.body.code], [503, 'HOST_BUSY']);
  assert.equal(await status(await next()), 'STREAMER_NOT_FOUND');
});

test('desired streamers are desired after a restart of the server too, until they are deleted', async (context) => {
  const { first, next } = await twoServers(context);
  await first.call('PUT', '/api/streamers/a', request());
  await first.call('POST', '/api/streamers', streamerRequest('posted'));
  const second = await next();
  await until(async () => (await status(second)) === 'active');
  assert.deepEqual((await second.call('GET', '/api/streamers')).body.streamers.length, 1);
  assert.equal((await second.call('DELETE', '/api/streamers/a')).status, 204);
});

test('a deleted streamer is no longer desired', async (context) => {
  const { first, next } = await twoServers(context);
  await first.call('PUT', '/api/streamers/a', request());
  await first.call('DELETE', '/api/streamers/a');
  assert.equal(await status(await next()), 'STREAMER_NOT_FOUND');
});

test('a desired streamer that this version cannot read does not keep the server or other streamers from starting', async (context) => {
  const { first, data, next } = await twoServers(context);
  await first.call('PUT', '/api/streamers/a', request());
  await first.server.close();
  const database = openDatabase(data);
  const other = database.prepare('INSERT INTO wanted_streamers (streamer_id, host_id, request) VALUES (?, 0, ?)');
  other.run('..', JSON.stringify(request({ streamer_id: '..' })));
  other.run('b', 'not JSON');
  database.close();
  const second = await next();
  await until(async () => (await status(second)) === 'active');
  assert.equal((await second.call('GET', '/api/streamers')).body.streamers.length, 1);
  // Nor does the failure of a streamer with that name.
  await second.call('POST', '/api/streamers?wait=false', request({ streamer_id: 'b', app_id: 2 }));
  await until(async () => (await second.call('GET', '/api/streamers/b')).body.status === 'failed');
  assert.equal(await status(second), 'active');
});

test('with MOONSHARE_KEEP_STREAMERS, a POST creates a desired streamer too', async (context) => {
  const { first, next } = await twoServers(context, { MOONSHARE_KEEP_STREAMERS: 'true' });
  await first.call('POST', '/api/streamers', request());
  const second = await next();
  await until(async () => (await status(second)) === 'active');
});

test('a failed desired streamer is restarted after a pause, unless a restart would not help', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const database = openDatabase(mkdtempSync(join(tmpdir(), 'moonshare-wanted-')));
  context.after(() => database.close());
  database.exec("INSERT INTO hosts (id, address, http_port) VALUES (0, 'box', 47989)");
  const started: string[] = [];
  const store = new DesiredStreamerStore(database, assert.fail);
  const start = ({ request: { streamer_id } }: DesiredStreamer) => void started.push(streamer_id);
  const writes = new PendingWrites();
  const wanted = new DesiredStreamers({ store, writes, start, log: pino({ level: 'silent' }) });
  wanted.add({ request: request() as never, ownerId: null });
  wanted.failed('a', new MoonshareError('HOST_UNREACHABLE'), true);
  wanted.failed('nobody wants this', new MoonshareError('HOST_UNREACHABLE'), true);
  context.mock.timers.tick(5_000);
  assert.deepEqual(started, ['a']);
  wanted.failed('a', new MoonshareError('HOST_UNREACHABLE'), false);
  context.mock.timers.tick(9_999);
  assert.equal(started.length, 1);
  context.mock.timers.tick(1);
  assert.equal(started.length, 2);
  wanted.failed('a', new MoonshareError('TERMINATED'), true);
  context.mock.timers.tick(1e9);
  assert.equal(started.length, 2);
  wanted.failed('a', new MoonshareError('HOST_UNREACHABLE'), true);
  assert.equal(wanted.remove('a'), true);
  context.mock.timers.tick(1e9);
  assert.equal(started.length, 2);
  assert.equal(wanted.get('a'), null);
});

test('a desired streamer follows its host to another number, and is removed with it', () => {
  const database = openDatabase(mkdtempSync(join(tmpdir(), 'moonshare-wanted-')));
  database.exec("INSERT INTO hosts (id, address, http_port) VALUES (0, 'box', 47989)");
  const store = new DesiredStreamerStore(database, assert.fail);
  store.save({ request: request() as never, ownerId: 5 });
  database.exec('UPDATE hosts SET id = 7');
  assert.deepEqual([store.get('a')?.request.host_id, store.get('a')?.ownerId], [7, 5]);
  database.exec('DELETE FROM hosts');
  assert.deepEqual(store.list(), []);
  database.close();
});
