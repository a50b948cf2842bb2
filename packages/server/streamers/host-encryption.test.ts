import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { EventReader } from '../testing/event-reader.ts';
import { type RealServer, realRequest, startRealServer } from '../testing/real-server.ts';

/** What the host itself says that it encrypts for its one stream. */
async function atHost({ host }: RealServer) {
  const { sessions } = await host.state();
  assert.equal(sessions.length, 1);
  const { video, audio, controlV2 } = sessions[0].encryption;
  return { video, audio, controlV2 };
}

/** A stream of a host that was started with `--encryption`. */
async function stream(context: TestContext, encryption: string, body: object, settings: Record<string, string> = {}) {
  const server = await startRealServer(context, { host: ['--encryption', encryption], settings });
  const events = await EventReader.open(context, server.url);
  const answer = await server.call('POST', '/api/streamers', { ...realRequest('a'), ...body });
  return { server, events, ...answer };
}

test('on one machine video and sound are not encrypted by themselves, and it is said', async (context) => {
  const { server, status, body } = await stream(context, 'offered', {});
  assert.equal(status, 200);
  assert.deepEqual(await atHost(server), { video: false, audio: false, controlV2: true });
  assert.deepEqual(body.host_encryption, {
    control: true,
    input: true,
    video: false,
    audio: false,
    older_control: false,
  });
});

test('always encrypts everything, by the setting and by the streamer, and it is said wherever a streamer is shown', async (context) => {
  const { server, events, status, body } = await stream(
    context,
    'offered',
    {},
    { MOONSHARE_HOST_ENCRYPTION: 'always' },
  );
  assert.equal(status, 200);
  assert.deepEqual(await atHost(server), { video: true, audio: true, controlV2: true });
  const all = { control: true, input: true, video: true, audio: true, older_control: false };
  assert.deepEqual(body.host_encryption, all);
  assert.deepEqual((await server.call('GET', '/api/streamers/a')).body.host_encryption, all);
  assert.deepEqual((await server.call('GET', '/api/streamers')).body.streamers[0].host_encryption, all);
  const told = await events.event(({ type, data }) => type === 'host.state' && data.state === 'streaming');
  assert.deepEqual(told.data.host_encryption, all);
  assert.equal((await events.event(({ data }) => data.state === 'connecting')).data.host_encryption, null);
  await server.call('DELETE', '/api/streamers/a');
  const less = { ...realRequest('b'), host_encryption: 'never' };
  const { body: clear } = await server.call('POST', '/api/streamers', less);
  assert.deepEqual(await atHost(server), { video: false, audio: false, controlV2: true });
  assert.equal(clear.host_encryption.video, false);
});

test('always refuses a host that does not offer all of it, and leaves no app there', async (context) => {
  const { server, status, body } = await stream(context, 'off', { host_encryption: 'always' });
  assert.deepEqual([status, body.code], [502, 'HOST_ENCRYPTION_UNAVAILABLE']);
  assert.match(body.error, /video/);
  assert.equal((await server.host.state()).app, null);
});

test('never gives a host that insists what it insists on', async (context) => {
  const { server, status, body } = await stream(context, 'required', { host_encryption: 'never' });
  assert.equal(status, 200);
  assert.deepEqual(await atHost(server), { video: true, audio: true, controlV2: true });
  assert.equal(body.host_encryption.video, true);
});
