// Mostly waits: for a network to count as too slow.
// The bitrate of a running stream is changed through the API, on a host that can do that and on one that cannot.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseServerSignal, type ServerSignal } from '@moonshare/contract';
import { WebSocket } from 'ws';
import { NativePeer } from '../packages/streamer/webrtc/testing/native-peer.ts';
import { remb } from '../packages/streamer/webrtc/testing/remb.ts';
import { CREDENTIALS } from './harness/api.ts';
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

type StreamShare = Extract<ServerSignal, { StreamShare: unknown }>['StreamShare'];

// Often over 20 s: five until the network counts as too slow, and some until the smaller stream has proved itself.
test('with adaptive_bitrate a host lowers the bitrate for a viewer whose network is too slow, who then gets everything', async (t) => {
  await stack.api.createStreamer('adaptive', { ...SETTINGS, adaptive_bitrate: true });
  const before = await frameSize(stack);
  // Far less than half, also of what a busy host manages to send.
  let networkKbps = (before * 8 * SETTINGS.fps) / 8_000;
  const url = `${stack.api.url.replace('http', 'ws')}/api/streamers/adaptive/peer?events=1`;
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${CREDENTIALS}` } });
  const peer = new NativePeer('slow');
  const reports = setInterval(() => peer.isOpen && peer.sendRtcp(remb(networkKbps)), 300);
  t.after(() => {
    clearInterval(reports);
    peer.close();
    socket.close();
  });
  const shares: StreamShare[] = [];
  const isFull = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      const signal = parseServerSignal(String(data));
      if (signal === null || typeof signal === 'string') return;
      if ('WebRtcConfig' in signal) peer.offer({ media: true, audio: false });
      else if ('Signaling' in signal) peer.receive(signal);
      else if ('StreamShare' in signal && shares.push(signal.StreamShare) === 2) resolve();
    });
  });
  peer.on('signal', (message) => socket.send(JSON.stringify({ Signaling: message })));
  const lowered = ({ sessions }: HostState) => (sessions.at(-1)?.bitrateKbps ?? SETTINGS.bitrate) < SETTINGS.bitrate;
  await stack.host.until('a lower bitrate', lowered);
  // The estimate of a browser climbs as long as everything arrives.
  networkKbps *= 8;
  await isFull;
  assert.deepEqual(
    shares.map(({ rung, cause }) => [rung, cause]),
    [
      ['reduced', 'network'],
      ['full', null],
    ],
  );
  const { bitrate } = await stack.api.streamer('adaptive');
  assert.ok(bitrate < SETTINGS.bitrate, `${bitrate} kbit/s`);
  assert.equal((await stack.host.state()).sessions.at(-1)?.bitrateKbps, bitrate);
  await stack.api.call('DELETE', '/api/streamers/adaptive');
});
