import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type FromStreamer, fromStreamerSchema, type ToStreamer, toStreamerSchema } from './index.ts';
import { streamSettingsSchema } from './settings.ts';

const init: ToStreamer = {
  type: 'init',
  streamerId: 'agent-1',
  host: { address: '192.0.2.1', httpPort: 47989, certificate: 'PEM' },
  identity: { certificate: 'PEM', privateKey: 'PEM' },
  app: { app_id: 1, title: 'Desktop', is_hdr_supported: false },
  settings: streamSettingsSchema.parse({}),
  webrtc: { iceServers: [], udpPort: 40_000, maxViewers: 64 },
  logLevel: 'info',
};

const viewer = {
  peerId: 'p1',
  state: 'connected' as const,
  bytesSent: 1,
  packetsSent: 1,
  framesSent: 1,
  framesDropped: 0,
  nacksReceived: 0,
  packetsResent: 0,
  plisReceived: 0,
  malformedMessages: 0,
  rttMs: null,
  fractionLost: null,
};

describe('process messages', () => {
  const down: ToStreamer[] = [
    init,
    { type: 'addPeer', peerId: 'p1', role: 'full' },
    { type: 'fromPeer', peerId: 'p1', message: { Description: { ty: 'offer', sdp: '' } } },
    { type: 'removePeer', peerId: 'p1' },
    { type: 'launchGranted' },
    { type: 'getStats', requestId: 1 },
    { type: 'stop', cancelApp: true },
  ];
  for (const message of down)
    it(`to the streamer: ${message.type}`, () => assert.deepEqual(toStreamerSchema.parse(message), message));

  const up: FromStreamer[] = [
    { type: 'ready' },
    { type: 'heartbeat' },
    { type: 'hostState', host: { state: 'connecting', stage: 'rtsp' } },
    { type: 'hostState', host: { state: 'ended', error: { error: 'x', code: 'TERMINATED', hint: 'y' } } },
    { type: 'launchWanted' },
    { type: 'launchDone' },
    { type: 'toPeer', peerId: 'p1', message: 'PeerDisconnect' },
    { type: 'broadcast', message: { StageStarting: { stage: 'video' } } },
    { type: 'peerConnected', peerId: 'p1' },
    { type: 'peerClosed', peerId: 'p1', error: null },
    {
      type: 'stats',
      requestId: 1,
      stats: {
        video: { frames: 1, keyFrames: 1, lostFrames: 0, recoveredFrames: 0, bytes: 1, droppedDatagrams: 0 },
        audio: { packets: 1, lost: 0, recovered: 0 },
        idrRequests: 1,
        hostRttMs: null,
        inputPackets: 0,
        viewers: [viewer],
      },
    },
  ];
  for (const message of up)
    it(`from the streamer: ${message.type}`, () => assert.deepEqual(fromStreamerSchema.parse(message), message));

  it('of an unknown or damaged kind are refused', () => {
    const damaged = [{ ...init, webrtc: { ...init.webrtc, udpPort: 70_000 } }, { type: 'addPeer', peerId: '' }, {}];
    for (const message of damaged) assert.equal(toStreamerSchema.safeParse(message).success, false);
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.equal(toStreamerSchema.safeParse(value).success, false);
        assert.equal(fromStreamerSchema.safeParse(value).success, false);
      }),
    );
  });
});
