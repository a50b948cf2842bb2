// The bitrate of a running stream is changed through the API, on a host that can do that and on one that cannot.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Stack } from './harness/stack.ts';
import type { HostState } from './harness/virtual-host.ts';

const SETTINGS = { width: 640, height: 360, fps: 30, bitrate: 8_000 };
/** Two seconds of frames. */
const FRAMES = 60;

let stack: Stack;
let plain: Stack;

before(async () => {
  [stack, plain] = await Promise.all([Stack.start({ runtimeBitrate: true }), Stack.start()]);
});
after(() => Promise.all([stack?.close(), plain?.close()]));

/** Mean size of the next frames that the host sends, bytes. */
async function frameSize({ host }: Stack): Promise<number> {
  const total = ({ sessions }: HostState) => sessions.at(-1) ?? { framesSent: 0, videoBytes: 0 };
  const from = total(await host.until('a session', ({ sessions }) => sessions.length === 1));
  const to = total(await host.until('frames', (state) => total(state).framesSent >= from.framesSent + FRAMES));
  return (to.videoBytes - from.videoBytes) / (to.framesSent - from.framesSent);
}

test('the host sends smaller frames after a PATCH, also in the session after it was interrupted', async () => {
  await stack.api.createStreamer('narrow', SETTINGS);
  const before = await frameSize(stack);
  const patched = await stack.api.answer('PATCH', '/api/streamers/narrow', { bitrate: 300 });
  assert.deepEqual([patched.status, patched.body.bitrate], [200, 300]);
  const low = await frameSize(stack);
  assert.ok(low < before / 2, `${before} bytes a frame before, ${low} after`);
  const [session] = (await stack.host.state()).sessions;
  assert.equal(session?.bitrateKbps, 300);

  // Everything is lost on the way until the streamer gives its session up.
  await stack.host.drop(100);
  await stack.host.until('another session', ({ sessions }) => sessions.some(({ id }) => id > session!.id));
  await stack.host.drop(0);
  const streams = ({ id, framesSent }: HostState['sessions'][number]) => id > session!.id && framesSent > 0;
  const { sessions } = await stack.host.until('its frames', (state) => state.sessions.some(streams));
  assert.equal(sessions.find(streams)?.bitrateKbps, 300);
  assert.equal((await stack.api.streamer('narrow')).bitrate, 300);
  await stack.api.call('DELETE', '/api/streamers/narrow');
});

test('a host that cannot change the bitrate is named as the reason, and the stream goes on as it was', async () => {
  await plain.api.createStreamer('fixed', SETTINGS);
  const { status, body } = await plain.api.answer('PATCH', '/api/streamers/fixed', { bitrate: 300 });
  assert.deepEqual([status, body.code], [501, 'HOST_CANNOT']);
  const { bitrate, status: state } = await plain.api.streamer('fixed');
  assert.deepEqual([bitrate, state], [8_000, 'active']);
  assert.equal((await plain.host.state()).sessions[0]?.bitrateKbps, 8_000);
  await plain.api.call('DELETE', '/api/streamers/fixed');
});
