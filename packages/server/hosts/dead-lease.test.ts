import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { EventReader } from '../testing/event-reader.ts';
import { until } from '../testing/processes.ts';
import { type RealServer, realRequest, startRealServer } from '../testing/real-server.ts';
import { pairChunks } from '../testing/test-server.ts';

async function start(context: TestContext): Promise<RealServer> {
  const server = await startRealServer(context, { pin: null });
  for (let i = 0; i < 2; i++) {
    for await (const line of pairChunks(server.url, 0)) {
      if (typeof line === 'object' && line !== null && 'Pin' in line) await server.host.typePin(String(line.Pin));
    }
  }
  assert.equal((await server.call('POST', '/api/streamers', realRequest('a'))).status, 200);
  await server.host.unpair(0);
  return server;
}

test('a streamer whose certificate is unpaired while it runs goes on; when it has to come back it says so, and another start gets a good one', async (context) => {
  const { call, host, url } = await start(context);
  const events = await EventReader.open(context, url);
  const info = async () => (await call('GET', '/api/streamers/a')).body;
  assert.equal((await info()).status, 'active');
  process.kill((await info()).statistics.process.pid, 'SIGKILL');
  const failed = await events.event(({ data }) => data.type === 'streamer.state' && data.status === 'failed');
  assert.equal(failed.data.error.code, 'HOST_NOT_PAIRED');
  assert.equal((await call('POST', '/api/streamers', realRequest('a'))).status, 200);
  assert.deepEqual((await call('GET', '/api/pair/0')).body.client_certificates, { paired: 1, free: 0 });
  assert.equal((await host.state()).app !== null, true);
});

test('the app of a streamer whose certificate was unpaired ends with it', async (context) => {
  const { call, host } = await start(context);
  assert.equal((await call('DELETE', '/api/streamers/a')).status, 204);
  await until(async () => (await host.state()).app === null);
  assert.deepEqual((await call('GET', '/api/pair/0')).body.client_certificates, { paired: 1, free: 1 });
});
