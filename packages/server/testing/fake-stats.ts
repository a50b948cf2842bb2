import { inputKindSchema, type StreamerStats, type ViewerInput, type ViewerStats } from '@moonshare/contract';

const SENT = {
  bytesSent: 1000,
  packetsSent: 10,
  framesSent: 5,
  framesDropped: 2,
  nacksReceived: 3,
  packetsResent: 4,
  plisReceived: 1,
  malformedMessages: 0,
};

function viewer(peerId: string): ViewerStats {
  return {
    peerId,
    state: 'connected',
    ...SENT,
    rttMs: 20,
    fractionLost: 0.25,
    estimatedKbps: 8000,
    bitrateKbps: 500,
    firstFrameMs: 150,
    inputEvents: 2,
  };
}

/** What a streamer that sent the same to each of these viewers would tell. */
export function fakeStats(peerIds: readonly string[]): StreamerStats {
  const none = inputKindSchema.options.map((kind) => [kind, 0]);
  const totals = Object.entries(SENT).map(([name, value]) => [name, value * peerIds.length]);
  return {
    video: { frames: 100, keyFrames: 2, lostFrames: 6, recoveredFrames: 7, bytes: 5000, droppedDatagrams: 8 },
    audio: { packets: 200, lost: 9, recovered: 11 },
    idrRequests: 12,
    hostRttMs: 3,
    hostBitrateKbps: 4000,
    inputPackets: 13,
    inputEvents: { ...(Object.fromEntries(none) as Record<ViewerInput['kind'], number>), key: 14, text: 1 },
    inputRefused: 15,
    viewers: peerIds.map(viewer),
    viewerTotals: { ...(Object.fromEntries(totals) as typeof SENT), joins: peerIds.length },
    process: {
      pid: 1,
      uptimeSeconds: 60,
      memoryBytes: 50_000_000,
      heapBytes: 10_000_000,
      cpuSeconds: 6,
      eventLoopDelayMs: { mean: 1, p99: 5, max: 9 },
    },
  };
}
