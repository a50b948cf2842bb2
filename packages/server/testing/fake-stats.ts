import { inputKindSchema, type StreamerStatistics, type ViewerInput, type ViewerStatistics } from '@moonshare/contract';

const SENT = {
  bytes_sent: 1000,
  packets_sent: 10,
  frames_sent: 5,
  frames_dropped: 2,
  nacks_received: 3,
  packets_resent: 4,
  plis_received: 1,
};

function viewer(peerId: string): ViewerStatistics {
  return {
    peer_id: peerId,
    state: 'connected',
    transport: 'webrtc',
    rung: 'full',
    ...SENT,
    malformed_messages: 0,
    round_trip_ms: 20,
    fraction_lost: 0.25,
    estimated_bitrate_kbps: 8000,
    estimate_source: 'remb',
    estimate_is_minimum: false,
    bitrate_kbps: 500,
    first_frame_ms: 150,
    input_events: 2,
  };
}

/** The statistics of a streamer that sent the same to each of these viewers. */
export function fakeStats(peerIds: readonly string[]): StreamerStatistics {
  const none = inputKindSchema.options.map((kind) => [kind, 0]);
  const totals = Object.entries(SENT).map(([name, value]) => [name, value * peerIds.length]);
  return {
    host: {
      round_trip_ms: 3,
      idr_requests: 12,
      bitrate_kbps: 4000,
      video: { frames: 100, key_frames: 2, lost_frames: 6, recovered_frames: 7, bytes: 5000, dropped_datagrams: 8 },
      audio: { packets: 200, lost: 9, recovered: 11 },
    },
    input: {
      events: { ...(Object.fromEntries(none) as Record<ViewerInput['kind'], number>), key: 14, text: 1 },
      refused: 15,
      packets_to_host: 13,
    },
    viewers: peerIds.map(viewer),
    viewer_totals: { ...(Object.fromEntries(totals) as typeof SENT), joins: peerIds.length },
    webrtc_stack: 'native',
    process: {
      pid: 1,
      uptime_seconds: 60,
      memory_bytes: 50_000_000,
      heap_bytes: 10_000_000,
      cpu_seconds: 6,
      event_loop_delay_ms: { mean: 1, p99: 5, max: 9 },
    },
  };
}
