import { z } from 'zod';
import { clamp } from './clamp.ts';
import { formField } from './form-field.ts';
import { even } from './settings.ts';
import { parseMessage } from './signalling.ts';

const u32 = z.int().min(0).max(0xffff_ffff);

/** Old front ends let people type these in: what a host cannot do becomes the nearest that it can. */
const within = (least: number, most: number, otherwise: number) =>
  formField(
    z
      .number()
      .default(otherwise)
      .transform((value) => clamp(Math.round(value), least, most)),
  );

/** The first message on `/api/host/stream`, protocol/4 §3; later callers added `session_id` and `mode`. */
export const legacyInitSchema = z.object({
  credentials: z.string().max(4096).nullish(),
  client_unique_id: z.string().max(256).nullish(),
  host_id: formField(u32),
  app_id: formField(u32),
  bitrate: within(100, 500_000, 20_000),
  packet_size: within(256, 2048, 1024),
  fps: within(1, 480, 60),
  width: within(64, 8192, 1280).transform(even),
  height: within(64, 8192, 720).transform(even),
  video_sample_queue_size: within(0, 10_000, 10),
  /** From later callers, like `surround` in POST /api/streamers. */
  surround: formField(
    z
      .number()
      .default(2)
      .transform((channels) => (channels >= 8 ? 8 : channels >= 6 ? 6 : 2)),
  ),
  play_audio_local: formField(z.boolean().default(false)),
  audio_sample_queue_size: within(0, 10_000, 10),
  video_supported_formats: formField(u32.default(1).transform((mask) => mask & 0xffff || 1)),
  video_colorspace: formField(z.enum(['Rec601', 'Rec709', 'Rec2020']).default('Rec709')),
  video_color_range_full: formField(z.boolean().default(false)),
  /** '' means none. */
  session_id: z.string().max(256).nullish(),
  mode: z.enum(['create', 'keepalive', 'join']).nullish(),
});
export type LegacyInit = z.infer<typeof legacyInitSchema>;

const messageSchema = z.object({ AuthenticateAndInit: legacyInitSchema });

/** The text as an AuthenticateAndInit with all that a session needs, otherwise null. */
export function parseLegacyInit(text: string): LegacyInit | null {
  return parseMessage(messageSchema, text)?.AuthenticateAndInit ?? null;
}

/** An entry of `GET /api/sessions`, protocol/4 §3. */
export const legacySessionSchema = z.object({
  session_id: z.string().describe('as its caller named it; the latest name if several did'),
  client_unique_id: z.string().nullable(),
  mode: z.enum(['create', 'keepalive']).describe('the mode of the caller that started it or took it over'),
  has_websocket: z.boolean().describe('someone is connected to it, watching or holding it open'),
});
export type LegacySessionInfo = z.infer<typeof legacySessionSchema>;
