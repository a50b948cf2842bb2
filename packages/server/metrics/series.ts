import type { StreamerStats, ViewerStats } from '@moonshare/contract';

export interface CounterSeries {
  name: string;
  help: string;
  read(stats: StreamerStats): number;
}

export interface GaugeSeries {
  name: string;
  help: string;
  /** null: not known now. */
  read(stats: StreamerStats): number | null;
  /** What streamers that share a label show together. */
  together: 'sum' | 'max' | 'min';
}

/** Per streamer; `moonshare_streamer_` before, `_total` behind. */
export const COUNTERS: readonly CounterSeries[] = [
  { name: 'video_frames', help: 'Frames from the host', read: (s) => s.video.frames },
  { name: 'video_key_frames', help: 'Key frames from the host', read: (s) => s.video.keyFrames },
  { name: 'video_bytes', help: 'Bytes of picture from the host', read: (s) => s.video.bytes },
  { name: 'video_lost_frames', help: 'Frames that FEC could not bring back', read: (s) => s.video.lostFrames },
  { name: 'video_recovered_frames', help: 'Frames that FEC brought back', read: (s) => s.video.recoveredFrames },
  { name: 'video_dropped_datagrams', help: 'Datagrams that made no sense', read: (s) => s.video.droppedDatagrams },
  { name: 'audio_packets', help: 'Packets of sound from the host', read: (s) => s.audio.packets },
  { name: 'audio_lost_packets', help: 'Packets of sound that FEC could not bring back', read: (s) => s.audio.lost },
  { name: 'audio_recovered_packets', help: 'Packets of sound that FEC brought back', read: (s) => s.audio.recovered },
  { name: 'idr_requests', help: 'Key frames asked of the host', read: (s) => s.idrRequests },
  { name: 'input_packets', help: 'Input packets to the host', read: (s) => s.inputPackets },
  { name: 'viewer_joins', help: 'Viewers that came', read: (s) => s.viewerTotals.joins },
  { name: 'viewer_bytes', help: 'Bytes of media to viewers', read: (s) => s.viewerTotals.bytesSent },
  { name: 'viewer_frames', help: 'Frames to viewers', read: (s) => s.viewerTotals.framesSent },
  { name: 'viewer_dropped_frames', help: 'Frames that viewers did not get', read: (s) => s.viewerTotals.framesDropped },
  { name: 'viewer_nacks', help: 'NACK messages of viewers', read: (s) => s.viewerTotals.nacksReceived },
  { name: 'viewer_plis', help: 'PLI and FIR messages of viewers', read: (s) => s.viewerTotals.plisReceived },
  { name: 'viewer_resent_packets', help: 'Packets sent again', read: (s) => s.viewerTotals.packetsResent },
  { name: 'process_cpu_seconds', help: 'CPU time of the streamer process', read: (s) => s.process.cpuSeconds },
];

/** Per streamer; `moonshare_streamer_` before. */
export const GAUGES: readonly GaugeSeries[] = [
  { name: 'viewers', help: 'Viewers that are here', read: (s) => s.viewers.length, together: 'sum' },
  {
    name: 'host_round_trip_seconds',
    help: 'Round trip to the host',
    read: (s) => seconds(s.hostRttMs),
    together: 'max',
  },
  {
    name: 'video_bitrate_bits_per_second',
    help: 'Picture from the host',
    read: (s) => s.hostBitrateKbps * 1000,
    together: 'sum',
  },
  {
    name: 'viewer_bitrate_bits_per_second',
    help: 'Media to all viewers, as measured',
    read: (s) => s.viewers.reduce((sum, { bitrateKbps }) => sum + bitrateKbps * 1000, 0),
    together: 'sum',
  },
  {
    name: 'viewer_round_trip_max_seconds',
    help: 'Round trip to the farthest viewer',
    read: (s) => seconds(highest(s.viewers, ({ rttMs }) => rttMs)),
    together: 'max',
  },
  {
    name: 'viewer_estimated_bitrate_min_bits_per_second',
    help: 'What the slowest network of a viewer can carry, as its browser estimates',
    read: (s) => lowest(s.viewers, ({ estimatedKbps }) => estimatedKbps && estimatedKbps * 1000),
    together: 'min',
  },
  {
    name: 'viewer_loss_max_ratio',
    help: 'Loss on the way to the viewer that loses most, 0 to 1',
    read: (s) => highest(s.viewers, ({ fractionLost }) => fractionLost),
    together: 'max',
  },
  {
    name: 'event_loop_delay_p99_seconds',
    help: 'How late timers of the streamer run, 99 of 100 of the last seconds',
    read: (s) => s.process.eventLoopDelayMs.p99 / 1000,
    together: 'max',
  },
  {
    name: 'process_memory_bytes',
    help: 'Resident memory of the streamer process',
    read: (s) => s.process.memoryBytes,
    together: 'sum',
  },
];

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}

type Read = (viewer: ViewerStats) => number | null;

function highest(viewers: readonly ViewerStats[], read: Read): number | null {
  const known = viewers.map(read).filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function lowest(viewers: readonly ViewerStats[], read: Read): number | null {
  const known = viewers.map(read).filter((value) => value !== null);
  return known.length === 0 ? null : Math.min(...known);
}
