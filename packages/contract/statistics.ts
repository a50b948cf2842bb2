import { z } from 'zod';
import { streamerInfoSchema } from './rest.ts';
import { rungSchema, transportSchema, webRtcStackSchema } from './transport.ts';
import { inputKindSchema } from './viewer-input.ts';

const count = z.int().min(0);

/** For each viewer, and for all that a streamer ever had; they never decrease. */
export const viewerCountsSchema = z.object({
  bytes_sent: count,
  packets_sent: count,
  frames_sent: count,
  frames_dropped: count,
  nacks_received: count,
  packets_resent: count,
  plis_received: count,
});
export type ViewerCounts = z.infer<typeof viewerCountsSchema>;

export const viewerStatisticsSchema = z.object({
  peer_id: z.string(),
  state: z.enum(['negotiating', 'connected', 'closed']),
  transport: transportSchema.nullable().describe('what carries its picture; null while there is nothing yet'),
  rung: rungSchema.describe('how much of the stream it gets: all, nothing until the next key frame, only key frames'),
  ...viewerCountsSchema.shape,
  malformed_messages: count.describe('input messages that could not be read'),
  round_trip_ms: z.number().nullable().describe("null before the browser's first report"),
  fraction_lost: z.number().nullable().describe('0 to 1, as last reported by the browser'),
  bitrate_kbps: z.number().describe('sent to it, over the last seconds'),
  estimated_bitrate_kbps: z.number().nullable().describe('what its network can carry; null: not known'),
  estimate_source: z
    .enum(['transport-cc', 'remb', 'acknowledgements'])
    .nullable()
    .describe(
      'how that is known: by when packets arrive (transport-cc), by what its browser thinks (remb), or by what it acknowledges on a WebSocket',
    ),
  estimate_is_minimum: z.boolean().describe('it has carried that much, and its limit has not been seen'),
  first_frame_ms: z.number().nullable().describe('from the join to the first frame sent'),
  input_events: count,
});
export type ViewerStatistics = z.infer<typeof viewerStatisticsSchema>;

const viewerTotalsSchema = viewerCountsSchema.extend({ joins: count });
export type ViewerTotals = z.infer<typeof viewerTotalsSchema>;

/** What one process uses. */
const processStatisticsSchema = z.object({
  pid: z.int(),
  uptime_seconds: z.number(),
  memory_bytes: count,
  heap_bytes: count,
  cpu_seconds: z.number(),
  event_loop_delay_ms: z
    .object({ mean: z.number(), p99: z.number(), max: z.number() })
    .describe('how late timers fired, over the last seconds'),
});
export type ProcessStatistics = z.infer<typeof processStatisticsSchema>;

/** What a streamer process counts: `statistics` in `GET /api/streamers/{id}`, and in the message `stats`. */
export const streamerStatisticsSchema = z.object({
  host: z.object({
    round_trip_ms: z.number().nullable(),
    idr_requests: count,
    bitrate_kbps: z.number().describe('picture, over the last seconds'),
    video: z.object({
      frames: count,
      key_frames: count,
      lost_frames: count,
      recovered_frames: count.describe('by FEC'),
      bytes: count,
      dropped_datagrams: count,
    }),
    audio: z.object({ packets: count, lost: count, recovered: count.describe('by FEC') }),
  }),
  input: z.object({ events: z.record(inputKindSchema, count), refused: count, packets_to_host: count }),
  viewers: z.array(viewerStatisticsSchema),
  viewer_totals: viewerTotalsSchema.describe('including those who have left'),
  webrtc_stack: webRtcStackSchema.describe('what carries WebRTC: our own stack (native), or node-datachannel'),
  process: processStatisticsSchema,
});
export type StreamerStatistics = z.infer<typeof streamerStatisticsSchema>;

/** `GET /api/streamers/{id}`; `statistics` is null while there is no process to report them. */
export const streamerDetailSchema = streamerInfoSchema.extend({ statistics: streamerStatisticsSchema.nullable() });
export type StreamerDetail = z.infer<typeof streamerDetailSchema>;
