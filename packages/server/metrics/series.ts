import type { StreamerStatistics, ViewerStatistics } from '@moonshare/contract';

export interface CounterSeries {
  name: string;
  help: string;
  read(stats: StreamerStatistics): number;
}

export interface GaugeSeries {
  name: string;
  help: string;
  /** null: not known now. */
  read(stats: StreamerStatistics): number | null;
  /** What streamers that share a label show together. */
  together: 'sum' | 'max' | 'min';
}

/** Per streamer; `moonshare_streamer_` before, `_total` behind. */
export const COUNTERS: readonly CounterSeries[] = [
  { name: 'video_frames', help: 'Frames from the host', read: (s) => s.host.video.frames },
  { name: 'video_key_frames', help: 'Key frames from the host', read: (s) => s.host.video.key_frames },
  { name: 'video_bytes', help: 'Bytes of picture from the host', read: (s) => s.host.video.bytes },
  { name: 'video_lost_frames', help: 'Frames that FEC could not bring back', read: (s) => s.host.video.lost_frames },
  { name: 'video_recovered_frames', help: 'Frames that FEC brought back', read: (s) => s.host.video.recovered_frames },
  {
    name: 'video_dropped_datagrams',
    help: 'Datagrams that made no sense',
    read: (s) => s.host.video.dropped_datagrams,
  },
  { name: 'audio_packets', help: 'Packets of sound from the host', read: (s) => s.host.audio.packets },
  {
    name: 'audio_lost_packets',
    help: 'Packets of sound that FEC could not bring back',
    read: (s) => s.host.audio.lost,
  },
  {
    name: 'audio_recovered_packets',
    help: 'Packets of sound that FEC brought back',
    read: (s) => s.host.audio.recovered,
  },
  { name: 'idr_requests', help: 'Key frames asked of the host', read: (s) => s.host.idr_requests },
  { name: 'input_packets', help: 'Input packets to the host', read: (s) => s.input.packets_to_host },
  { name: 'viewer_joins', help: 'Viewers that came', read: (s) => s.viewer_totals.joins },
  { name: 'viewer_bytes', help: 'Bytes of media to viewers', read: (s) => s.viewer_totals.bytes_sent },
  { name: 'viewer_frames', help: 'Frames to viewers', read: (s) => s.viewer_totals.frames_sent },
  {
    name: 'viewer_dropped_frames',
    help: 'Frames that viewers did not get',
    read: (s) => s.viewer_totals.frames_dropped,
  },
  { name: 'viewer_nacks', help: 'NACK messages of viewers', read: (s) => s.viewer_totals.nacks_received },
  { name: 'viewer_plis', help: 'PLI and FIR messages of viewers', read: (s) => s.viewer_totals.plis_received },
  { name: 'viewer_resent_packets', help: 'Packets sent again', read: (s) => s.viewer_totals.packets_resent },
  { name: 'process_cpu_seconds', help: 'CPU time of the streamer process', read: (s) => s.process.cpu_seconds },
];

/** Per streamer; `moonshare_streamer_` before. */
export const GAUGES: readonly GaugeSeries[] = [
  { name: 'viewers', help: 'Viewers that are here', read: (s) => s.viewers.length, together: 'sum' },
  {
    name: 'host_round_trip_seconds',
    help: 'Round trip to the host',
    read: (s) => seconds(s.host.round_trip_ms),
    together: 'max',
  },
  {
    name: 'video_bitrate_bits_per_second',
    help: 'Picture from the host',
    read: (s) => s.host.bitrate_kbps * 1000,
    together: 'sum',
  },
  {
    name: 'viewer_bitrate_bits_per_second',
    help: 'Media to all viewers, as measured',
    read: (s) => s.viewers.reduce((sum, { bitrate_kbps }) => sum + bitrate_kbps * 1000, 0),
    together: 'sum',
  },
  {
    name: 'viewer_round_trip_max_seconds',
    help: 'Round trip to the farthest viewer',
    read: (s) => seconds(highest(s.viewers, ({ round_trip_ms }) => round_trip_ms)),
    together: 'max',
  },
  {
    name: 'viewer_estimated_bitrate_min_bits_per_second',
    help: 'What the slowest network of a viewer can carry, as its browser estimates',
    read: (s) =>
      lowest(s.viewers, ({ estimated_bitrate_kbps }) => estimated_bitrate_kbps && estimated_bitrate_kbps * 1000),
    together: 'min',
  },
  {
    name: 'viewer_loss_max_ratio',
    help: 'Loss on the way to the viewer that loses most, 0 to 1',
    read: (s) => highest(s.viewers, ({ fraction_lost }) => fraction_lost),
    together: 'max',
  },
  {
    name: 'event_loop_delay_p99_seconds',
    help: 'How late timers of the streamer run, 99 of 100 of the last seconds',
    read: (s) => s.process.event_loop_delay_ms.p99 / 1000,
    together: 'max',
  },
  {
    name: 'process_memory_bytes',
    help: 'Resident memory of the streamer process',
    read: (s) => s.process.memory_bytes,
    together: 'sum',
  },
];

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}

type Read = (viewer: ViewerStatistics) => number | null;

function highest(viewers: readonly ViewerStatistics[], read: Read): number | null {
  const known = viewers.map(read).filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function lowest(viewers: readonly ViewerStatistics[], read: Read): number | null {
  const known = viewers.map(read).filter((value) => value !== null);
  return known.length === 0 ? null : Math.min(...known);
}
