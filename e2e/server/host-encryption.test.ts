import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventReader } from '../../packages/server/testing/event-reader.ts';
import { type RealHost, startRealHost } from '../../packages/server/testing/real-host.ts';
import { REAL_PIN, realRequest, startRealServer } from '../../packages/server/testing/real-server.ts';

/** What the host reports to encrypt for its only stream. */
async function atHost(host: RealHost) {
  const { sessions } = await host.state();
  assert.equal(sessions.length, 1);
  const { video, audio, controlV2 } = sessions[0].encryption;
  return { video, audio, controlV2 };
}

test('what is encrypted with each kind of real host, and how the API shows it', async (context) => {
  const server = await startRealServer(context, { host: ['--encryption', 'offered'] });
  const events = await EventReader.open(context, server.url);
  /** Host 0 offers it. */
  const addHost = async (encryption: string): Promise<{ host: RealHost; id: number }> => {
    const host = await startRealHost(context, REAL_PIN, ['--encryption', encryption]);
    const added = await server.call('PUT', '/api/host', { address: host.address, http_port: host.httpPort });
    return { host, id: added.body.host.host_id };
  };
  const start = (id: string, settings: Record<string, unknown> = {}) =>
    server.call('POST', '/api/streamers', { ...realRequest(id), ...settings });

  await context.test(
    'on one machine video and sound are not encrypted by default, and the API shows that',
    async () => {
      const { status, body } = await start('auto');
      assert.equal(status, 200);
      assert.deepEqual(await atHost(server.host), { video: false, audio: false, controlV2: true });
      const less = { control: true, input: true, video: false, audio: false, older_control: false };
      assert.deepEqual(body.host_encryption, less);
      await server.call('DELETE', '/api/streamers/auto');
    },
  );

  await context.test('"always" encrypts everything, and every view of the streamer shows that', async () => {
    const { status, body } = await start('all', { host_encryption: 'always' });
    assert.equal(status, 200);
    assert.deepEqual(await atHost(server.host), { video: true, audio: true, controlV2: true });
    const all = { control: true, input: true, video: true, audio: true, older_control: false };
    assert.deepEqual(body.host_encryption, all);
    assert.deepEqual((await server.call('GET', '/api/streamers/all')).body.host_encryption, all);
    assert.deepEqual((await server.call('GET', '/api/streamers')).body.streamers[0].host_encryption, all);
    const stateOf = (state: string) =>
      events.event(({ type, data }) => type === 'host.state' && data.streamer_id === 'all' && data.state === state);
    assert.deepEqual((await stateOf('streaming')).data.host_encryption, all);
    assert.equal((await stateOf('connecting')).data.host_encryption, null);
  });

  await context.test(
    '"always" refuses a host that cannot encrypt everything, and leaves no app running there',
    async () => {
      const { host, id } = await addHost('off');
      const { status, body } = await start('refused', { host_id: id, host_encryption: 'always' });
      assert.deepEqual([status, body.code], [502, 'HOST_ENCRYPTION_UNAVAILABLE']);
      assert.match(body.error, /video/);
      assert.equal((await host.state()).app, null);
    },
  );

  await context.test('"never" still encrypts what the host insists on', async () => {
    const { host, id } = await addHost('required');
    const { status, body } = await start('insists', { host_id: id, host_encryption: 'never' });
    assert.equal(status, 200);
    assert.deepEqual(await atHost(host), { video: true, audio: true, controlV2: true });
    assert.equal(body.host_encryption.video, true);
  });
});
