import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairedServer } from '../testing/paired-server.ts';
import { until } from '../testing/processes.ts';
import { streamerRequest } from '../testing/test-server.ts';

const headers = { authorization: 'Bearer the-shared-credentials' };

test('protocol/4 §7.13: the number of streamers is limited, and failed ones do not count', async (context) => {
  const server = await pairedServer(context, 2, { MOONSHARE_MAX_STREAMERS: '1' });
  await server.call('POST', '/api/streamers', streamerRequest('a'));
  const over = await server.call('POST', '/api/streamers', streamerRequest('b'));
  assert.deepEqual([over.status, over.body.code], [503, 'STREAMER_LIMIT']);
  await server.call('DELETE', '/api/streamers/a');
  await server.call('POST', '/api/streamers?wait=false', streamerRequest('a', { app_id: 2 }));
  await until(async () => (await server.call('GET', '/api/streamers/a')).body.status === 'failed');
  assert.equal((await server.call('POST', '/api/streamers', streamerRequest('b'))).status, 200);
});

test('viewers are limited per streamer and in total, with different error codes', async (context) => {
  const server = await pairedServer(context, 2, { MOONSHARE_MAX_VIEWERS: '2', MOONSHARE_MAX_TOTAL_VIEWERS: '3' });
  for (const id of ['a', 'b']) await server.call('POST', '/api/streamers', streamerRequest(id));
  const join = async (id: string) => {
    const peer = server.peer(`/api/streamers/${id}/peer`, headers);
    const told = peer.message((message) => JSON.stringify(message).includes('UpdateApp'));
    return Promise.race([told.then(() => peer), peer.closed.then(({ code, reason }) => ({ code, reason }))]);
  };
  const first = await join('a');
  assert.ok('socket' in first);
  await join('a');
  assert.deepEqual(await join('a'), { code: 4503, reason: 'VIEWER_LIMIT' });
  await join('b');
  assert.deepEqual(await join('b'), { code: 4503, reason: 'VIEWER_TOTAL_LIMIT' });
  first.socket.close();
  await until(async () => (await server.call('GET', '/api/streamers/a')).body.connected_peers === 1);
  assert.ok('socket' in (await join('b')));
});

test('protocol/4 §7.13: an unwatched streamer is ended, and one with a viewer continues', async (context) => {
  // 3 s: the viewer has to join within that time.
  const server = await pairedServer(context, 2, { MOONSHARE_IDLE_MINUTES: '0.05' });
  for (const id of ['idle', 'watched']) await server.call('POST', '/api/streamers?wait=false', streamerRequest(id));
  const peer = server.peer('/api/streamers/watched/peer', headers);
  await peer.opened;
  await until(async () => (await server.call('GET', '/api/streamers/idle')).status === 404);
  assert.equal((await server.call('GET', '/api/streamers/watched')).status, 200);
  peer.socket.close();
  await until(async () => (await server.call('GET', '/api/streamers/watched')).status === 404);
  assert.ok(server.workers.every(({ running }) => !running));
});
