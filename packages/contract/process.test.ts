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
  peer_id: 'p1',
  state: 'connected' as const,
  transport: 'websocket' as const,
  rung: 'reduced' as const,
  bytes_sent: 1,
  packets_sent: 1,
  frames_sent: 1,
  frames_dropped: 0,
  nacks_received: 0,
  packets_resent: 0,
  plis_received: 0,
  malformed_messages: 0,
  round_trip_ms: null,
  fraction_lost: null,
  estimated_bitrate_kbps: null,
  estimate_source: null,
  estimate_is_minimum: false,
  bitrate_kbps: 0,
  first_frame_ms: null,
  input_events: 0,
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
    { type: 'addPeer', peerId: 'p2', role: 'watch', transports: ['webrtc', 'websocket'] },
    { type: 'removePeer', peerId: 'p1' },
    {
      type: 'mediaSocket',
      peerId: 'p1',
      request: { url: '/api/streamers/a/media', headers: { upgrade: 'websocket', 'sec-websocket-key': 'a' } },
      head: '',
    },
    { type: 'mediaSocket', peerId: 'p2', request: { url: '/', headers: {} }, head: '', stream: 1 },
    { type: 'tapSocket', request: { url: '/', headers: { upgrade: 'websocket', 'sec-websocket-key': 'a' } }, head: '' },
    { type: 'restartWebRtc', peerId: 'p1' },
    { type: 'useTransport', peerId: 'p1', transport: 'websocket' },
    { type: 'getLastFrame', peerId: 'p1' },
    { type: 'launchGranted' },
    { type: 'bitrateChanged', bitrate: 2_500 },
    { type: 'getStats', requestId: 1 },
    {
      type: 'input',
      requestId: 1,
      agent: { id: 'agent-1', caller: 'token:1' },
      events: [{ kind: 'mouseMove', dx: 1, dy: -1 }],
      release: true,
    },
    { type: 'setControl', policy: 'exclusive', holder: 'p1' },
    { type: 'setControl', policy: 'union', holder: null },
    { type: 'setRole', peerId: 'p1', role: 'watch' },
    { type: 'getHeld', requestId: 2 },
    { type: 'stop' },
  ];
  const up: FromStreamer[] = [
    { type: 'ready' },
    { type: 'heartbeat', memoryBytes: 1 },
    { type: 'hostState', host: { state: 'connecting', stage: 'rtspHandshake' } },
    { type: 'hostState', host: { state: 'ended', error: { error: 'x', code: 'TERMINATED', hint: 'y' } } },
    { type: 'launchWanted' },
    { type: 'launchDone' },
    { type: 'hostInfo', currentGame: 0 },
    { type: 'launching', verb: 'launch' },
    { type: 'launchAnswered', refused: false },
    { type: 'streamSetUp', pingPayload: true },
    { type: 'peerOpened', peerId: 'p1' },
    { type: 'portTaken' },
    { type: 'negotiation', peerId: 'p1', message: { AddIceCandidate: { candidate: '' } } },
    { type: 'gamepadPlayers', peerId: 'p1', players: [{ id: 0, player: 1 }] },
    { type: 'lastFrame', peerId: 'p1', ageMs: null },
    { type: 'peerConnected', peerId: 'p1' },
    { type: 'inputDone', requestId: 1, outcome: { outcome: 'done', answer: { accepted: 1, refused: 0 } } },
    { type: 'inputDone', requestId: 2, outcome: { outcome: 'noSession' } },
    { type: 'inputDone', requestId: 3, outcome: { outcome: 'taken' } },
    { type: 'inputDropped', participant: 'p1' },
    { type: 'holderActive', participant: 'p1' },
    { type: 'inputCounts', participant: 'p1', counts: { key: 2, mouseMove: 100 } },
    {
      type: 'held',
      requestId: 4,
      held: [{ participant: 'p1', keys: 1, buttons: 0, touches: 0, gamepads: [1] }],
    },
    { type: 'peerFirstFrame', peerId: 'p1', ms: 120 },
    { type: 'peerTransport', peerId: 'p1', transport: 'websocket' },
    { type: 'peerRung', peerId: 'p1', rung: 'reduced', cause: 'network', networkKbps: 1_200, streamKbps: 9_600.5 },
    { type: 'peerRung', peerId: 'p1', rung: 'full', cause: null, networkKbps: null, streamKbps: null },
    { type: 'peerClosed', peerId: 'p1', error: null },
    {
      type: 'stats',
      requestId: 1,
      stats: {
        host: {
          round_trip_ms: null,
          idr_requests: 1,
          bitrate_kbps: 0,
          video: { frames: 1, key_frames: 1, lost_frames: 0, recovered_frames: 0, bytes: 1, dropped_datagrams: 0 },
          audio: { packets: 1, lost: 0, recovered: 0 },
        },
        input: { events: { ...none, key: 2 }, refused: 0, packets_to_host: 0 },
        viewers: [viewer],
        viewer_totals: {
          joins: 1,
          bytes_sent: 1,
          packets_sent: 1,
          frames_sent: 1,
          frames_dropped: 0,
          nacks_received: 0,
          packets_resent: 0,
          plis_received: 0,
        },
        webrtc_stack: 'native',
        process: {
          pid: 1,
          uptime_seconds: 1,
          memory_bytes: 1,
          heap_bytes: 1,
          cpu_seconds: 1,
          event_loop_delay_ms: { mean: 0, p99: 0, max: 0 },
        },
      },
    },
  ];

  it('of every type arrive through the channel, which is JSON, as they were sent', () => {
    for (const [schema, messages] of [
      [toStreamerSchema, down],
      [fromStreamerSchema, up],
    ] as const) {
      const types = schema.options.map(({ shape }) => shape.type.value);
      assert.deepEqual([...new Set(messages.map(({ type }) => type))].toSorted(), types.toSorted());
      for (const message of messages) {
        assert.deepEqual(schema.parse(JSON.parse(JSON.stringify(message))), message, message.type);
      }
    }
  });

  it('are refused if unknown or malformed', () => {
    const damaged = [
      { ...init, webrtc: { ...init.webrtc, udpPort: 70_000 } },
      { type: 'addPeer', peerId: '' },
      { type: 'useTransport', peerId: 'p1', transport: 'pigeon' },
      { type: 'mediaSocket', peerId: 'p1', request: { url: '/', headers: { cookie: 'session=1' } }, head: '' },
      {},
    ];
    for (const message of damaged) assert.equal(toStreamerSchema.safeParse(message).success, false);
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.equal(toStreamerSchema.safeParse(value).success, false);
        assert.equal(fromStreamerSchema.safeParse(value).success, false);
      }),
    );
  });
});
