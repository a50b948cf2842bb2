import assert from 'node:assert/strict';
import { test } from 'node:test';
import { streamerDetailSchema, streamerInfoSchema } from '@moonshare/contract';
import { pairedServer } from '../../testing/paired-server.ts';
import { CREDENTIALS, streamerRequest } from '../../testing/test-server.ts';

test('GET of one streamer includes the counters of its process, beside the older fields', async (context) => {
  const server = await pairedServer(context);
  await server.call('POST', '/api/streamers', streamerRequest('a'));
  const peer = server.peer('/api/streamers/a/peer', { authorization: `Bearer ${CREDENTIALS}` });
  await peer.message((message) => JSON.stringify(message).includes('UpdateApp'));
  const { body } = await server.call('GET', '/api/streamers/a');
  const { statistics, ...info } = streamerDetailSchema.parse(body);
  assert.deepEqual(streamerInfoSchema.parse(body), info);
  const [{ peer_id }] = (await server.call('GET', '/api/streamers')).body.streamers[0].peers;
  const [viewer] = statistics?.viewers ?? [];
  assert.deepEqual(
    [viewer?.peer_id, viewer?.first_frame_ms, viewer?.round_trip_ms, viewer?.fraction_lost],
    [peer_id, 150, 20, 0.25],
  );
  assert.deepEqual([viewer?.bitrate_kbps, viewer?.estimated_bitrate_kbps], [500, 8000]);
  assert.deepEqual([viewer?.nacks_received, viewer?.plis_received, viewer?.frames_dropped], [3, 1, 2]);
  assert.deepEqual([viewer?.bytes_sent, viewer?.frames_sent, viewer?.packets_resent], [1000, 5, 4]);
  assert.deepEqual([statistics?.host.video.recovered_frames, statistics?.host.audio.lost], [7, 9]);
  assert.deepEqual([statistics?.host.round_trip_ms, statistics?.input.events.key], [3, 14]);
  assert.equal(statistics?.process.event_loop_delay_ms.p99, 5);
  assert.deepEqual([statistics?.process.memory_bytes, statistics?.process.cpu_seconds], [50_000_000, 6]);
});

test('a streamer that does not answer, and one without a process, have no statistics', async (context) => {
  const server = await pairedServer(context);
  server.box.apps.push({ id: 99, title: 'Silent', hdr: false });
  await server.call('POST', '/api/streamers', streamerRequest('silent', { app_id: 99 }));
  const silent = await server.call('GET', '/api/streamers/silent');
  assert.deepEqual([silent.status, silent.body.status, silent.body.statistics], [200, 'active', null]);
  await server.call('POST', '/api/streamers?wait=false', streamerRequest('failed', { app_id: 77 }));
  await server.call('GET', '/api/streamers/failed');
  assert.equal((await server.call('GET', '/api/streamers/failed')).body.statistics, null);
});
