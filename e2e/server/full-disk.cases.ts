// Run by full-disk.test.ts in a separate mount namespace, where DISK is a small file system.
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readTrail } from '../../packages/server/audit/read-trail.ts';
import { verifyTrail } from '../../packages/server/audit/verify-trail.ts';
import { EventReader } from '../../packages/server/testing/event-reader.ts';
import { pairedServer } from '../../packages/server/testing/paired-server.ts';
import { until } from '../../packages/server/testing/processes.ts';
import { startTestServer, streamerRequest, type TestServer } from '../../packages/server/testing/test-server.ts';

const DISK = process.env.DISK ?? assert.fail('DISK is not set');
const BEARER = { authorization: 'Bearer the-shared-credentials' };
const request = (changes: Record<string, unknown> = {}) => streamerRequest('a', changes);

/** A server whose data directory is on the small disk, with a desired streamer `a`. */
async function onSmallDisk(context: TestContext, environment: Record<string, string> = {}) {
  const data = mkdtempSync(join(DISK, 'data-'));
  mkdirSync(join(data, 'compiled'));
  let next: TestServer | undefined;
  context.after(async () => {
    free();
    await next?.server.close();
  });
  const server = await pairedServer(context, 2, { ...environment, MOONSHARE_DATA: data });
  assert.equal((await server.call('PUT', '/api/streamers/a', request())).status, 200);
  return {
    ...server,
    data,
    restart: async () => {
      await server.server.close();
      next = await startTestServer(context, { MOONSHARE_DATA: data }, { hosts: server.hosts });
      return next;
    },
  };
}

const filler = join(DISK, 'filler');

/** Fills the disk to the last byte. */
function fill(): void {
  for (let bytes = 1 << 20; bytes > 0; bytes >>= 1) {
    try {
      for (;;) appendFileSync(filler, Buffer.alloc(bytes));
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
    }
  }
}

function free(): void {
  rmSync(filler, { force: true });
}

async function viewer(server: TestServer) {
  const peer = server.peer('/api/streamers/a/peer?events=1', BEARER);
  await peer.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
  return peer;
}

const ready = async ({ url }: TestServer) => (await fetch(`${url}/readyz`)).status;

test('DELETE of a desired streamer ends it, reports that this is not stored yet, and stores it when possible', async (context) => {
  const server = await onSmallDisk(context);
  const peer = await viewer(server);
  await server.call('POST', '/api/streamers/a/links', { role: 'full' });
  const reader = await EventReader.open(context, server.url);
  fill();
  const { status, body } = await server.call('DELETE', '/api/streamers/a');
  assert.deepEqual([status, body.code], [503, 'STORE_UNWRITABLE']);
  assert.match(body.error, /ended/);
  assert.equal((await peer.closed).reason, 'STREAMER_STOPPED');
  assert.equal((await server.call('GET', '/api/streamers/a')).status, 404);
  assert.ok(server.workers.every(({ running }) => !running));
  assert.equal(await ready(server), 503);
  assert.equal((await reader.event(({ type }) => type === 'store.state')).data.writable, false);
  free();
  await reader.event(({ data }) => data.type === 'store.state' && data.writable);
  assert.equal(await ready(server), 200);
  assert.equal((await (await server.restart()).call('GET', '/api/streamers/a')).status, 404);
});

test('a change of the bitrate that cannot be stored is reported, and can be repeated', async (context) => {
  const server = await onSmallDisk(context);
  server.box.bitrates = new Map();
  fill();
  const { status, body } = await server.call('PATCH', '/api/streamers/a', { bitrate: 2_500 });
  assert.deepEqual([status, body.code], [503, 'STORE_UNWRITABLE']);
  assert.match(body.error, /has changed/);
  assert.equal((await server.call('GET', '/api/streamers/a')).body.bitrate, 2_500);
  free();
  assert.equal((await server.call('PATCH', '/api/streamers/a', { bitrate: 2_500 })).status, 200);
  assert.equal((await (await server.restart()).call('GET', '/api/streamers/a')).body.bitrate, 2_500);
});

test('the audit trail waits for room, loses nothing, and its chain holds', async (context) => {
  const server = await onSmallDisk(context);
  const reader = await EventReader.open(context, server.url);
  fill();
  for (let n = 0; n < 20; n++) await server.call('PATCH', '/api/streamers/a', { bitrate: 1_000 + n });
  assert.equal((await reader.event(({ type }) => type === 'audit.state')).data.writable, false);
  await server.call('PATCH', '/api/streamers/a', { bitrate: 5_000 });
  free();
  await reader.event(({ data }) => data.type === 'audit.state' && data.writable);
  await (await server.restart()).server.close();
  const folder = join(server.data, 'audit');
  assert.deepEqual((await verifyTrail(folder, null)).findings, []);
  const changes = (await readTrail(folder, { event: 'request' }, 1_000)).filter(({ bitrate }) => bitrate !== undefined);
  assert.equal(changes.length, 21);
});

test('a streamer desired again before its end was stored stays desired', async (context) => {
  const server = await onSmallDisk(context);
  fill();
  await server.call('DELETE', '/api/streamers/a');
  const refused = await server.call('PUT', '/api/streamers/a', request());
  assert.deepEqual([refused.status, refused.body.code], [503, 'STORE_UNWRITABLE']);
  // Nothing is left of a streamer that could not be stored as desired.
  assert.equal((await server.call('GET', '/api/streamers/a')).status, 404);
  const reader = await EventReader.open(context, server.url);
  free();
  assert.equal((await server.call('PUT', '/api/streamers/a', request())).status, 200);
  await reader.event(({ data }) => data.type === 'store.state' && data.writable);
  const next = await server.restart();
  await until(async () => (await next.call('GET', '/api/streamers/a')).body.status === 'active');
});

test('an unwatched streamer ends, and the server keeps running', async (context) => {
  const server = await onSmallDisk(context, { MOONSHARE_IDLE_MINUTES: '0.02' });
  const reader = await EventReader.open(context, server.url);
  fill();
  await reader.event(({ type }) => type === 'streamer.ended');
  assert.equal((await server.call('GET', '/api/streamers/a')).status, 404);
  assert.equal(await ready(server), 503);
  free();
  await reader.event(({ data }) => data.type === 'store.state' && data.writable);
});

test('a start that fails leaves nothing behind', async (context) => {
  const server = await onSmallDisk(context);
  const started = server.call('PUT', '/api/streamers/b', streamerRequest('b', { app_id: 4 }));
  await until(async () => (await server.call('GET', '/api/streamers/b')).body.stage === 'Starting the app');
  fill();
  assert.equal((await server.call('DELETE', '/api/streamers/b')).body.code, 'STORE_UNWRITABLE');
  await started;
  assert.equal((await server.call('GET', '/api/streamers/b')).status, 404);
});

test('removing a user, a share or a link removes the viewers who used them', async (context) => {
  const server = await onSmallDisk(context);
  const as = (cookie: string, method: string, path: string, body?: unknown) =>
    server.call(method, path, body, { authorization: '', cookie, origin: new URL(server.url).origin });
  const people = await Promise.all(
    ['ann', 'ben'].map(async (name) => {
      await server.call('POST', '/api/users', { name, password: 'correct horse', role: 'user' });
      await server.call('PUT', `/api/streamers/a/shares/${name}`, { role: 'full' });
      const login = await as('', 'POST', '/api/login', { user: name, password: 'correct horse' });
      const cookie = login.headers.get('set-cookie')!.split(';')[0]!;
      const { token } = (await as(cookie, 'POST', '/api/streamers/a/token')).body;
      const peer = server.peer(`/api/streamers/a/peer?token=${token}`);
      await peer.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
      return { cookie, peer };
    }),
  );
  const link = (await server.call('POST', '/api/streamers/a/links', { role: 'full' })).body;
  const secret = new URLSearchParams(new URL(link.url).hash.slice(1)).get('token');
  const bearer = { authorization: `Bearer ${secret}` };
  const { token } = (await server.call('POST', '/api/streamers/a/token', undefined, bearer)).body;
  const guest = server.peer(`/api/streamers/a/peer?token=${token}`);
  await guest.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
  fill();
  for (const path of ['streamers/a/shares/ann', 'users/ben', `streamers/a/links/${link.id}`]) {
    const { status, body } = await server.call('DELETE', `/api/${path}`);
    assert.deepEqual([status, body.code], [503, 'STORE_UNWRITABLE'], path);
  }
  for (const peer of [...people.map((one) => one.peer), guest]) {
    assert.equal((await peer.closed).reason, 'ACCESS_REVOKED');
  }
  const [ann, ben] = people;
  assert.deepEqual((await as(ann!.cookie, 'GET', '/api/streamers')).body.streamers, []);
  assert.equal((await as(ben!.cookie, 'GET', '/api/streamers')).status, 401);
  assert.equal((await server.call('POST', '/api/streamers/a/token', undefined, bearer)).status, 401);
});

test('the server shuts down cleanly, and the next one starts when there is room again', async (context) => {
  const server = await onSmallDisk(context);
  fill();
  await server.call('DELETE', '/api/streamers/a');
  await server.server.close();
  assert.ok(server.workers.every(({ running }) => !running));
  free();
  const next = await server.restart();
  assert.equal(await ready(next), 200);
});
