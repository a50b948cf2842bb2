import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type FromStreamer,
  fromStreamerSchema,
  inputKindSchema,
  type ToStreamer,
  toStreamerSchema,
  type ViewerInput,
} from './index.ts';
import { streamSettingsSchema } from './settings.ts';

const init: ToStreamer = {
  type: 'init',
  streamerId: 'agent-1',
  host: { address: '192.0.2.1', httpPort: 47989, certificate: 'PEM' },
  identity: { certificate: 'PEM', privateKey: 'PEM' },
  app: { app_id: 1, title: 'Desktop', is_hdr_supported: false },
  settings: streamSettingsSchema.parse({}),
  resume: false,
  videoTimeoutMs: 2_000,
  launchLimitMs: 180_000,
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
  estimatedKbps: null,
  bitrateKbps: 0,
  firstFrameMs: null,
  inputEvents: 0,
};

const none = Object.fromEntries(inputKindSchema.options.map((kind) => [kind, 0])) as Record<
  ViewerInput['kind'],
  number
>;

describe('process messages', () => {
  const down: ToStreamer[] = [
    init,
    { type: 'addPeer', peerId: 'p1', role: 'full' },
    { type: 'fromPeer', peerId: 'p1', message: { Description: { ty: 'offer', sdp: '' } } },
    { type: 'removePeer', peerId: 'p1' },
    { type: 'launchGranted' },
    { type: 'getStats', requestId: 1 },
    { type: 'input', requestId: 1, events: [{ kind: 'mouseMove', dx: 1, dy: -1 }], release: true },
    { type: 'stop' },
  ];
  for (const message of down)
    it(`to the streamer: ${message.type}`, () => assert.deepEqual(toStreamerSchema.parse(message), message));

  const up: FromStreamer[] = [
    { type: 'ready' },
    { type: 'heartbeat', memoryBytes: 1 },
    { type: 'hostState', host: { state: 'connecting', stage: 'rtsp' } },
    { type: 'hostState', host: { state: 'ended', error: { error: 'x', code: 'TERMINATED', hint: 'y' } } },
    { type: 'launchWanted' },
    { type: 'launchDone' },
    { type: 'toPeer', peerId: 'p1', message: 'PeerDisconnect' },
    { type: 'broadcast', message: { StageStarting: { stage: 'video' } } },
    { type: 'peerConnected', peerId: 'p1' },
    { type: 'inputDone', requestId: 1, outcome: { answer: { accepted: 1, refused: 0 } } },
    { type: 'inputDone', requestId: 2, outcome: { answer: null } },
    { type: 'peerFirstFrame', peerId: 'p1', ms: 120 },
    { type: 'peerClosed', peerId: 'p1', error: null },
    {
      type: 'stats',
      requestId: 1,
      stats: {
        video: { frames: 1, keyFrames: 1, lostFrames: 0, recoveredFrames: 0, bytes: 1, droppedDatagrams: 0 },
        audio: { packets: 1, lost: 0, recovered: 0 },
        idrRequests: 1,
        hostRttMs: null,
        hostBitrateKbps: 0,
        inputPackets: 0,
        inputEvents: { ...none, key: 2 },
        inputRefused: 0,
        viewers: [viewer],
        viewerTotals: {
          joins: 1,
          bytesSent: 1,
          packetsSent: 1,
          framesSent: 1,
          framesDropped: 0,
          nacksReceived: 0,
          packetsResent: 0,
          plisReceived: 0,
        },
        process: {
          pid: 1,
          uptimeSeconds: 1,
          memoryBytes: 1,
          heapBytes: 1,
          cpuSeconds: 1,
          eventLoopDelayMs: { mean: 0, p99: 0, max: 0 },
        },
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
