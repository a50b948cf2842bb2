import { z } from 'zod';
import { controlPolicySchema, participantNameSchema } from './control.ts';
import { errorBodySchema } from './error-body.ts';
import { formField } from './form-field.ts';
import { hostEncryptionSchema } from './host-encryption.ts';
import { roleSchema, streamSettingsSchema } from './settings.ts';

/** IDs appear in paths, logs and metrics: short, printable, and nothing that a path would change. */
export const streamerIdSchema = z
  .string()
  .min(1)
  .max(128)
  .regex(/^(?!\.{1,2}$)[\w.:@-]+$/, 'letters, digits and _ . : @ - only, and not . or ..');

const u32 = z.int().min(0).max(0xffff_ffff);

/** The older document nests the settings, the newer one is flat (protocol/4 §2): both become flat. */
function flatten(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('settings' in body)) return body;
  const { settings, ...rest } = body;
  return typeof settings === 'object' && settings !== null ? { ...settings, ...rest } : rest;
}

/** `POST /api/streamers`. Unknown fields are ignored, as older callers expect. */
export const createStreamerSchema = z.preprocess(
  flatten,
  z.object({
    streamer_id: streamerIdSchema,
    client_unique_id: z.string().min(1).max(256),
    host_id: u32,
    app_id: u32,
    control_policy: controlPolicySchema.optional(),
    ...streamSettingsSchema.shape,
  }),
);
export type CreateStreamer = z.infer<typeof createStreamerSchema>;

/** `PUT /api/streamers/{id}`: the same fields, flat; `streamer_id` may be left to the path. */
export const ensureStreamerSchema = z.strictObject({
  streamer_id: streamerIdSchema.optional(),
  client_unique_id: z.string().min(1).max(256),
  host_id: u32,
  app_id: u32,
  control_policy: controlPolicySchema.optional().describe('at the start; absent: the setting controlPolicy'),
  ...streamSettingsSchema.shape,
});

/** `PATCH /api/streamers/{id}` */
export const changeStreamerSchema = z.strictObject({
  bitrate: streamSettingsSchema.shape.bitrate.unwrap().describe('kbit/s'),
});

/** `PATCH /api/streamers/{id}/peers/{peer}` */
export const changePeerSchema = z.strictObject({ role: roleSchema });

/** `starting -> active <-> reconnecting -> failed | stopping` */
export const streamerStatusSchema = z.enum(['starting', 'active', 'reconnecting', 'failed', 'stopping']);
export type StreamerStatus = z.infer<typeof streamerStatusSchema>;

const timestamp = z.iso.datetime();

/** A connected viewer. */
export const peerInfoSchema = z.object({
  peer_id: z.string(),
  connected_at: timestamp,
  role: roleSchema,
  user: z
    .string()
    .nullable()
    .describe('who logged in, or whose API token was used; null: a link, or the shared credentials'),
  link_id: z.int().nullable().describe('the join link it used'),
  name: z.string().describe('of the participant that it is'),
  participant_id: z.string(),
});
export type PeerInfo = z.infer<typeof peerInfoSchema>;

/** protocol/4 §2, plus fields that older callers ignore. */
export const streamerInfoSchema = z.object({
  streamer_id: z.string(),
  status: streamerStatusSchema,
  moonlight_connected: z.boolean(),
  connected_peers: z.int(),
  width: z.int(),
  height: z.int(),
  fps: z.int(),
  bitrate: z.int().describe('kbit/s, as asked of the host or, since a change, as the host has applied it'),
  /** Channels of the host's sound. */
  surround: z.literal([2, 6, 8]),
  host_encryption: hostEncryptionSchema.nullable().describe('null while no stream is up'),
  created_at: timestamp,
  peers: z.array(peerInfoSchema),
  host_id: z.int(),
  app_id: z.int(),
  /** Why it failed. */
  error: errorBodySchema.nullable(),
  /** What it is doing while starting or reconnecting. */
  stage: z.string().nullable(),
  /** How long it has been doing that, in whole seconds. */
  stage_seconds: z.int().nullable(),
  owner: z
    .string()
    .nullable()
    .describe('the user who owns it; null: no user does, so only admins and the shared credentials can reach it'),
  may_manage: z
    .boolean()
    .describe(
      'the caller may end it, share it, make links to it and remove viewers; otherwise only watch or take part',
    ),
});
export type StreamerInfo = z.infer<typeof streamerInfoSchema>;

/** `POST /api/streamers/{id}/token`: a token for the WebSocket query, for pages that must not have the credentials. */
export const peerTokenRequestSchema = z
  .strictObject({
    role: roleSchema.optional(),
    pin: z.string().max(64).optional(),
    name: participantNameSchema.optional(),
  })
  .nullish();
export const peerTokenSchema = z.object({
  token: z.string(),
  expires_at: timestamp,
  role: roleSchema,
  /** Use this instead of the link's token from now on: it does not count as a use and needs no PIN. */
  renewal: z.string().optional(),
});
export type PeerToken = z.infer<typeof peerTokenSchema>;

export const appSchema = z.object({ app_id: z.int(), title: z.string(), is_hdr_supported: z.boolean() });
export type AppInfo = z.infer<typeof appSchema>;

export const undetailedHostSchema = z.object({
  host_id: z.int(),
  name: z.string(),
  paired: z.enum(['Paired', 'NotPaired']),
  server_state: z.enum(['Free', 'Busy']).nullable(),
});
export type UndetailedHost = z.infer<typeof undetailedHostSchema>;

export const detailedHostSchema = undetailedHostSchema.extend({
  address: z.string(),
  http_port: z.int(),
  https_port: z.int(),
  external_port: z.int(),
  version: z.string(),
  gfe_version: z.string(),
  unique_id: z.string(),
  mac: z.string().optional(),
  local_ip: z.string(),
  current_game: z.int(),
  max_luma_pixels_hevc: z.int(),
  server_codec_mode_support: z.int(),
});
export type DetailedHost = z.infer<typeof detailedHostSchema>;

/** The last pairing with a host since the server started; `waiting`: for the PIN to be entered there. */
export const pairingStateSchema = z.enum(['none', 'waiting', 'paired', 'failed']);

/** `GET /api/pair/{host_id}` */
export const pairingInfoSchema = z.object({
  host_id: z.int(),
  client_certificates: z
    .object({ paired: z.int(), free: z.int() })
    .describe(
      'How many the host accepts, as far as is known, and how many of those are free: each streamer needs its own.',
    ),
  state: pairingStateSchema.describe('The last pairing since the server started; waiting: for the PIN.'),
  since: timestamp.nullable(),
  error: errorBodySchema.nullable().describe('Why it failed.'),
});
export type PairingInfo = z.infer<typeof pairingInfoSchema>;

/** `GET /api/hosts/discovered`: hosts that announce themselves on the local network; `PUT /api/host` adds one. */
export const discoveredHostSchema = z.object({
  name: z.string(),
  address: z.string(),
  http_port: z.int(),
  unique_id: z.string(),
});
export type DiscoveredHost = z.infer<typeof discoveredHostSchema>;

/** `PUT /api/host` */
export const addHostSchema = z.object({
  /** A name or an IP address; IPv6 may be in brackets, link-local ones name the interface: `fe80::1%eth0`. */
  address: z
    .string()
    .trim()
    .min(1)
    .max(253)
    .transform((text) => text.replace(/^\[(.+)\]$/, '$1')),
  http_port: formField(z.int().min(1).max(65_535).optional()),
});
export const hostIdSchema = z.object({ host_id: formField(u32) });

/** `POST /api/backup`: where the backup is on the server's own disk. */
export const backupSchema = z.object({ path: z.string(), bytes: z.int() });
export type Backup = z.infer<typeof backupSchema>;
