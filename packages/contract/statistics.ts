import { z } from 'zod';
import { streamerInfoSchema } from './rest.ts';
import { inputKindSchema } from './viewer-input.ts';

const count = z.int().min(0);

export const viewerStatisticsSchema = z.object({
  peer_id: z.string(),
  state: z.enum(['negotiating', 'connected', 'closed']),
  bytes_sent: count,
  packets_sent: count,
  frames_sent: count,
  frames_dropped: count,
  nacks_received: count,
  packets_resent: count,
  plis_received: count,
  round_trip_ms: z.number().nullable().describe('null before the first report of the browser'),
  fraction_lost: z.number().nullable().describe('0 to 1, as the browser last reported'),
  bitrate_kbps: z.number().describe('sent to it, over the last seconds'),
  estimated_bitrate_kbps: z
    .number()
    .nullable()
    .describe('what its browser thinks the network can carry (REMB); null before it says'),
  first_frame_ms: z.number().nullable().describe('from the join to the first frame sent'),
  input_events: count,
});

export const viewerTotalsStatisticsSchema = viewerStatisticsSchema
  .pick({
    bytes_sent: true,
    packets_sent: true,
    frames_sent: true,
    frames_dropped: true,
    nacks_received: true,
    packets_resent: true,
    plis_received: true,
  })
  .extend({ joins: count });

/** `statistics` of `GET /api/streamers/{id}`: what the streamer process counts. */
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
  viewer_totals: viewerTotalsStatisticsSchema.describe('those who left included'),
  process: z.object({
    pid: z.int(),
    uptime_seconds: z.number(),
    memory_bytes: count,
    heap_bytes: count,
    cpu_seconds: z.number(),
    event_loop_delay_ms: z.object({ mean: z.number(), p99: z.number(), max: z.number() }),
  }),
});
export type StreamerStatistics = z.infer<typeof streamerStatisticsSchema>;

/** `GET /api/streamers/{id}`; `statistics` is null while there is no process that could tell. */
export const streamerDetailSchema = streamerInfoSchema.extend({ statistics: streamerStatisticsSchema.nullable() });
export type StreamerDetail = z.infer<typeof streamerDetailSchema>;
