import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventReader } from '../../packages/server/testing/event-reader.ts';
import { until } from '../../packages/server/testing/processes.ts';
import { realRequest, startRealServer } from '../../packages/server/testing/real-server.ts';
import { pairChunks } from '../../packages/server/testing/test-server.ts';

test('streamers whose certificates are unpaired on a real host while they run', async (context) => {
  const { call, host, url } = await startRealServer(context, { pin: null });
  const events = await EventReader.open(context, url);
  const pair = async () => {
    const lines: unknown[] = [];
    for await (const line of pairChunks(url, 0)) {
      lines.push(line);
      if (lines.length === 1) await host.typePin((line as { Pin: string }).Pin);
    }
    assert.equal((lines[1] as { Paired: { paired: string } }).Paired.paired, 'Paired');
  };
  const certificates = async () => (await call('GET', '/api/pair/0')).body.client_certificates;

  await context.test('a host can be paired over REST, with the PIN entered on the host', async () => {
    assert.equal((await call('GET', '/api/host?host_id=0')).body.host.paired, 'NotPaired');
    for (let i = 0; i < 2; i++) await pair();
    assert.equal((await call('GET', '/api/apps?host_id=0')).body.apps[0].title, 'Desktop');
    assert.deepEqual(await certificates(), { paired: 2, free: 2 });
  });

  await context.test('the app of such a streamer still ends with it', async () => {
    assert.equal((await call('POST', '/api/streamers', realRequest('a'))).status, 200);
    await host.unpair(0);
    assert.equal((await call('DELETE', '/api/streamers/a')).status, 204);
    await until(async () => (await host.state()).app === null);
    assert.deepEqual(await certificates(), { paired: 1, free: 1 });
  });

  await context.test(
    'such a streamer keeps running; when it must reconnect it reports that, and the next start gets a good certificate',
    async () => {
      await pair();
      assert.equal((await call('POST', '/api/streamers', realRequest('b'))).status, 200);
      await host.unpair(0);
      const info = (await call('GET', '/api/streamers/b')).body;
      assert.equal(info.status, 'active');
      process.kill(info.statistics.process.pid, 'SIGKILL');
      const failed = await events.event(({ data }) => data.type === 'streamer.state' && data.status === 'failed');
      assert.equal(failed.data.error.code, 'HOST_NOT_PAIRED');
      assert.equal((await call('POST', '/api/streamers', realRequest('b'))).status, 200);
      assert.deepEqual(await certificates(), { paired: 1, free: 0 });
      assert.equal((await host.state()).app !== null, true);
    },
  );
});
