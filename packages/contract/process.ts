import { z } from 'zod';
import { errorBodySchema } from './errors.ts';
import { appSchema, streamerIdSchema } from './rest.ts';
import { iceServerSchema, roleSchema, streamSettingsSchema } from './settings.ts';
import { negotiationSchema, serverSignalSchema } from './signalling.ts';

/** How often a streamer says that it lives. */
export const HEARTBEAT_MS = 2000;

/** Secrets travel over the fork's own IPC channel, never in arguments or environment. */
const initSchema = z.object({
  type: z.literal('init'),
  streamerId: streamerIdSchema,
  host: z.object({
    address: z.string(),
    httpPort: z.int(),
    /** Pinned at pairing, PEM. */
    certificate: z.string(),
  }),
  /** The client certificate of the pool that this streamer uses, PEM. */
  identity: z.object({ certificate: z.string(), privateKey: z.string() }),
  app: appSchema,
  settings: streamSettingsSchema,
  webrtc: z.object({
    iceServers: z.array(iceServerSchema),
    /** The one UDP port of all viewers of this streamer. */
    udpPort: z.int().min(0).max(65_535),
    /** Bind here only; undefined is every address. */
    bindAddress: z.string().optional(),
    /** Announced instead of the local addresses (NAT 1:1). */
    publicAddress: z.string().optional(),
    maxViewers: z.int().min(1),
  }),
  logLevel: z.string(),
});
export type StreamerInit = z.infer<typeof initSchema>;

const peerId = z.string().min(1).max(64);

/** Server to streamer. */
export const toStreamerSchema = z.discriminatedUnion('type', [
  initSchema,
  z.object({ type: z.literal('addPeer'), peerId, role: roleSchema }),
  z.object({ type: z.literal('fromPeer'), peerId, message: negotiationSchema }),
  z.object({ type: z.literal('removePeer'), peerId }),
  /** The launch slot of the host is yours: only one launch or resume at a time per host (design §5). */
  z.object({ type: z.literal('launchGranted') }),
  z.object({ type: z.literal('getStats'), requestId: z.int() }),
  /** End. `cancelApp` also ends the app on the host: false while another streamer of ours uses that host. */
  z.object({ type: z.literal('stop'), cancelApp: z.boolean() }),
]);
export type ToStreamer = z.infer<typeof toStreamerSchema>;

/** State of the host session: `connecting -> streaming <-> recovering -> ended`. */
export const hostStateSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('connecting'), stage: z.string() }),
  z.object({ state: z.literal('streaming') }),
  z.object({ state: z.literal('recovering'), stage: z.string(), attempt: z.int(), error: errorBodySchema }),
  z.object({ state: z.literal('ended'), error: errorBodySchema.nullable() }),
]);
export type HostState = z.infer<typeof hostStateSchema>;

export const viewerStatsSchema = z.object({
  peerId,
  state: z.enum(['negotiating', 'connected', 'closed']),
  bytesSent: z.number(),
  packetsSent: z.number(),
  framesSent: z.number(),
  framesDropped: z.number(),
  nacksReceived: z.number(),
  packetsResent: z.number(),
  plisReceived: z.number(),
  /** Input messages that made no sense. */
  malformedMessages: z.number(),
  /** Milliseconds, null before the first receiver report. */
  rttMs: z.number().nullable(),
  /** 0..1 as the last receiver report said. */
  fractionLost: z.number().nullable(),
});
export type ViewerStats = z.infer<typeof viewerStatsSchema>;

export const streamerStatsSchema = z.object({
  video: z.object({
    frames: z.number(),
    keyFrames: z.number(),
    lostFrames: z.number(),
    recoveredFrames: z.number(),
    bytes: z.number(),
    droppedDatagrams: z.number(),
  }),
  audio: z.object({ packets: z.number(), lost: z.number(), recovered: z.number() }),
  idrRequests: z.number(),
  hostRttMs: z.number().nullable(),
  inputPackets: z.number(),
  viewers: z.array(viewerStatsSchema),
});
export type StreamerStats = z.infer<typeof streamerStatsSchema>;

/** Streamer to server. */
export const fromStreamerSchema = z.discriminatedUnion('type', [
  /** Loaded, waits for `init`. */
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('heartbeat') }),
  z.object({ type: z.literal('hostState'), host: hostStateSchema }),
  z.object({ type: z.literal('launchWanted') }),
  /** The launch slot is free again: the control stream is up, or the attempt failed. */
  z.object({ type: z.literal('launchDone') }),
  z.object({ type: z.literal('toPeer'), peerId, message: serverSignalSchema }),
  /** To every peer. */
  z.object({ type: z.literal('broadcast'), message: serverSignalSchema }),
  z.object({ type: z.literal('peerConnected'), peerId }),
  /** The viewer is gone; the server closes its socket. */
  z.object({ type: z.literal('peerClosed'), peerId, error: errorBodySchema.nullable() }),
  z.object({ type: z.literal('stats'), requestId: z.int(), stats: streamerStatsSchema }),
]);
export type FromStreamer = z.infer<typeof fromStreamerSchema>;
