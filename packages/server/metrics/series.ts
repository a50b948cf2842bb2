import type { StreamerStatistics, ViewerStatistics } from '@moonshare/contract';

export interface CounterSeries {
  name: string;
  help: string;
  read(stats: StreamerStatistics): number;
}

export interface GaugeSeries {
  name: string;
  help: string;
  /** Null if not known now. */
  read(stats: StreamerStatistics): number | null;
  /** What streamers that share a label show together. */
  together: 'sum' | 'max' | 'min';
}

/** Per streamer; `moonshare_streamer_` is prefixed, `_total` appended. */
export const COUNTERS: readonly CounterSeries[] = [
  { name: 'video_frames', help: 'Frames from the host', read: (s) => s.host.video.frames },
  { name: 'video_key_frames', help: 'Key frames from the host', read: (s) => s.host.video.key_frames },
  { name: 'video_bytes', help: 'Bytes of video from the host', read: (s) => s.host.video.bytes },
  { name: 'video_lost_frames', help: 'Frames that FEC could not recover', read: (s) => s.host.video.lost_frames },
  { name: 'video_recovered_frames', help: 'Frames recovered by FEC', read: (s) => s.host.video.recovered_frames },
  {
    name: 'video_dropped_datagrams',
    help: 'Malformed datagrams',
    read: (s) => s.host.video.dropped_datagrams,
  },
  { name: 'audio_packets', help: 'Audio packets from the host', read: (s) => s.host.audio.packets },
  {
    name: 'audio_lost_packets',
    help: 'Audio packets that FEC could not recover',
    read: (s) => s.host.audio.lost,
  },
  {
    name: 'audio_recovered_packets',
    help: 'Audio packets recovered by FEC',
    read: (s) => s.host.audio.recovered,
  },
  { name: 'idr_requests', help: 'Key frames requested from the host', read: (s) => s.host.idr_requests },
  { name: 'input_packets', help: 'Input packets to the host', read: (s) => s.input.packets_to_host },
  { name: 'viewer_joins', help: 'Viewers that joined', read: (s) => s.viewer_totals.joins },
  { name: 'viewer_bytes', help: 'Bytes of media to viewers', read: (s) => s.viewer_totals.bytes_sent },
  { name: 'viewer_frames', help: 'Frames to viewers', read: (s) => s.viewer_totals.frames_sent },
  {
    name: 'viewer_dropped_frames',
    help: 'Frames not sent to viewers',
    read: (s) => s.viewer_totals.frames_dropped,
  },
  { name: 'viewer_nacks', help: 'NACK messages from viewers', read: (s) => s.viewer_totals.nacks_received },
  { name: 'viewer_plis', help: 'PLI and FIR messages from viewers', read: (s) => s.viewer_totals.plis_received },
  { name: 'viewer_resent_packets', help: 'Packets resent', read: (s) => s.viewer_totals.packets_resent },
  { name: 'process_cpu_seconds', help: 'CPU time of the streamer process', read: (s) => s.process.cpu_seconds },
];

/** Per streamer; `moonshare_streamer_` is prefixed. */
export const GAUGES: readonly GaugeSeries[] = [
  { name: 'viewers', help: 'Connected viewers', read: (s) => s.viewers.length, together: 'sum' },
  {
    name: 'viewers_over_websocket',
    help: 'Viewers whose picture comes over a WebSocket',
    read: (s) => s.viewers.filter(({ transport }) => transport === 'websocket').length,
    together: 'sum',
  },
  {
    name: 'viewers_behind',
    help: 'Viewers who get less than the whole stream: they wait for a key frame, or get only key frames',
    read: (s) => s.viewers.filter(({ rung }) => rung !== 'full').length,
    together: 'sum',
  },
  {
    name: 'host_round_trip_seconds',
    help: 'Round trip to the host',
    read: (s) => seconds(s.host.round_trip_ms),
    together: 'max',
  },
  {
    name: 'video_bitrate_bits_per_second',
    help: 'Bitrate of the video from the host',
    read: (s) => s.host.bitrate_kbps * 1000,
    together: 'sum',
  },
  {
    name: 'viewer_bitrate_bits_per_second',
    help: 'Measured bitrate of the media to all viewers',
    read: (s) => s.viewers.reduce((sum, { bitrate_kbps }) => sum + bitrate_kbps * 1000, 0),
    together: 'sum',
  },
  {
    name: 'viewer_round_trip_max_seconds',
    help: 'Round trip to the farthest viewer',
    read: (s) => seconds(extreme(Math.max, s.viewers, ({ round_trip_ms }) => round_trip_ms)),
    together: 'max',
  },
  {
    name: 'viewer_estimated_bitrate_min_bits_per_second',
    help: 'Capacity of the slowest viewer’s network, as far as it is known',
    read: (s) => extreme(Math.min, s.viewers, ({ estimated_bitrate_kbps: kbps }) => kbps && kbps * 1000),
    together: 'min',
  },
  {
    name: 'viewer_loss_max_ratio',
    help: 'Packet loss of the viewer that loses most, 0 to 1',
    read: (s) => extreme(Math.max, s.viewers, ({ fraction_lost }) => fraction_lost),
    together: 'max',
  },
  {
    name: 'event_loop_delay_p99_seconds',
    help: 'How late timers of the streamer run: 99th percentile over the last seconds',
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

/** The highest or the lowest of the known values. */
function extreme(choose: typeof Math.max, viewers: readonly ViewerStatistics[], read: Read): number | null {
  const known = viewers.map(read).filter((value) => value !== null);
  return known.length === 0 ? null : choose(...known);
}
