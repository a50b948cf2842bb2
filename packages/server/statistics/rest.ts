import type { StreamerStatistics, StreamerStats, ViewerTotals } from '@moonshare/contract';

/** The counters of a streamer process in the names of the REST API. */
export function restStatistics(stats: StreamerStats): StreamerStatistics {
  const { video, audio, process } = stats;
  return {
    host: {
      round_trip_ms: stats.hostRttMs,
      idr_requests: stats.idrRequests,
      bitrate_kbps: stats.hostBitrateKbps,
      video: {
        frames: video.frames,
        key_frames: video.keyFrames,
        lost_frames: video.lostFrames,
        recovered_frames: video.recoveredFrames,
        bytes: video.bytes,
        dropped_datagrams: video.droppedDatagrams,
      },
      audio,
    },
    input: { events: stats.inputEvents, refused: stats.inputRefused, packets_to_host: stats.inputPackets },
    viewers: stats.viewers.map((viewer) => ({
      peer_id: viewer.peerId,
      state: viewer.state,
      ...sent(viewer),
      round_trip_ms: viewer.rttMs,
      fraction_lost: viewer.fractionLost,
      bitrate_kbps: viewer.bitrateKbps,
      estimated_bitrate_kbps: viewer.estimatedKbps,
      first_frame_ms: viewer.firstFrameMs,
      input_events: viewer.inputEvents,
    })),
    viewer_totals: { ...sent(stats.viewerTotals), joins: stats.viewerTotals.joins },
    process: {
      pid: process.pid,
      uptime_seconds: process.uptimeSeconds,
      memory_bytes: process.memoryBytes,
      heap_bytes: process.heapBytes,
      cpu_seconds: process.cpuSeconds,
      event_loop_delay_ms: process.eventLoopDelayMs,
    },
  };
}

function sent(counts: Omit<ViewerTotals, 'joins'>) {
  return {
    bytes_sent: counts.bytesSent,
    packets_sent: counts.packetsSent,
    frames_sent: counts.framesSent,
    frames_dropped: counts.framesDropped,
    nacks_received: counts.nacksReceived,
    packets_resent: counts.packetsResent,
    plis_received: counts.plisReceived,
  };
}
