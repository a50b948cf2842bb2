import assert from 'node:assert/strict';
import { test } from 'node:test';
import Fastify from 'fastify';
import { pino } from 'pino';
import type { ApiServices } from '../http/api-services.ts';
import { errorHandler } from '../http/errors.ts';
import { registerRoutes } from '../http/register-routes.ts';
import { OPERATIONS_ROUTES } from '../http/routes/operations.ts';
import { Upgrades } from '../http/upgrades.ts';
import { pairedServer } from '../testing/paired-server.ts';
import { CREDENTIALS, startTestServer, streamerRequest } from '../testing/test-server.ts';

async function scrape(url: string, credentials = CREDENTIALS) {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${credentials}` } });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

test('protocol/4 §7.13: the metrics of server and streamers have the Prometheus format', async (context) => {
  const server = await pairedServer(context);
  await server.call('POST', '/api/streamers', streamerRequest('agent-1'));
  const peer = server.peer('/api/streamers/agent-1/peer', { authorization: `Bearer ${CREDENTIALS}` });
  await peer.message((message) => JSON.stringify(message).includes('UpdateApp'));
  const { status, type, text } = await scrape(server.url);
  assert.deepEqual([status, type], [200, 'text/plain; version=0.0.4; charset=utf-8']);
  for (const line of [
    'moonshare_streamers{status="active"} 1',
    'moonshare_streamers{status="failed"} 0',
    'moonshare_streamers_by_webrtc_stack{stack="native"} 1',
    'moonshare_streamers_by_webrtc_stack{stack="node-datachannel"} 0',
    'moonshare_viewers 1',
    'moonshare_streamer_video_frames_total{streamer="agent-1"} 100',
    'moonshare_streamer_video_recovered_frames_total{streamer="agent-1"} 7',
    'moonshare_streamer_idr_requests_total{streamer="agent-1"} 12',
    'moonshare_streamer_host_round_trip_seconds{streamer="agent-1"} 0.003',
    'moonshare_streamer_event_loop_delay_p99_seconds{streamer="agent-1"} 0.005',
    'moonshare_streamer_process_memory_bytes{streamer="agent-1"} 50000000',
    'moonshare_streamer_viewer_nacks_total{streamer="agent-1"} 3',
    'moonshare_streamer_viewer_bitrate_bits_per_second{streamer="agent-1"} 500000',
    'moonshare_streamer_viewer_estimated_bitrate_min_bits_per_second{streamer="agent-1"} 8000000',
    'moonshare_input_events_total{kind="text"} 1',
    'moonshare_viewer_first_frame_seconds_count 1',
  ]) {
    assert.ok(text.split('\n').includes(line), line);
  }
  assert.match(text, /^process_resident_memory_bytes \d+$/m);
  assert.match(text, /^process_cpu_seconds_total [\d.]+$/m);
  await server.call('DELETE', '/api/streamers/agent-1');
  assert.doesNotMatch((await scrape(server.url)).text, /agent-1/);
});

test('the metrics cannot be read without credentials', async (context) => {
  const { url } = await startTestServer(context);
  assert.equal((await scrape(url, 'wrong')).status, 401);
});

test('/healthz and /readyz need no credentials, and a stopping server is alive but not ready', async (context) => {
  const server = await pairedServer(context, 1, {}, { forked: true });
  const get = async (path: string) => (await fetch(server.url + path)).status;
  assert.deepEqual([await get('/healthz'), await get('/readyz')], [200, 200]);
  await server.call('POST', '/api/streamers', streamerRequest('a'));
  const [pid] = server.pids();
  assert.ok(pid !== undefined);
  // A streamer that is slow to end.
  process.kill(pid, 'SIGSTOP');
  const closing = server.server.close();
  assert.deepEqual([await get('/healthz'), await get('/readyz')], [200, 503]);
  process.kill(pid, 'SIGCONT');
  await closing;
});

test('readiness shows what a server needs and does not have', async () => {
  for (const [readiness, status, code] of [
    [{ store: true, writable: true, listening: true, stopping: false }, 200, undefined],
    [{ store: false, writable: true, listening: true, stopping: false }, 503, 'NOT_READY'],
    [{ store: true, writable: true, listening: false, stopping: false }, 503, 'NOT_READY'],
    [{ store: true, writable: false, listening: true, stopping: false }, 503, 'STORE_UNWRITABLE'],
    [{ store: true, writable: true, listening: true, stopping: true }, 503, 'SHUTTING_DOWN'],
  ] as const) {
    const app = Fastify();
    app.setErrorHandler(errorHandler(pino({ level: 'silent' }), { unwritable: () => {}, refused: () => {} }));
    const isPublic = OPERATIONS_ROUTES.filter(({ access }) => access === 'public');
    const services: Partial<ApiServices> = { readiness: () => readiness };
    registerRoutes(app, isPublic, services as ApiServices, { allowed: () => {}, upgrades: new Upgrades() });
    const answer = await app.inject('/readyz');
    assert.deepEqual([answer.statusCode, answer.json().code], [status, code]);
    assert.equal((await app.inject('/healthz')).statusCode, 200);
  }
});
