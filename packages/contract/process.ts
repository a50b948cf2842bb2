import { z } from 'zod';
import { controlPolicySchema, heldCountsSchema } from './control.ts';
import { errorBodySchema } from './error-body.ts';
import { hostEncryptionSchema } from './host-encryption.ts';
import { appSchema, streamerIdSchema } from './rest.ts';
import { iceServerSchema, roleSchema, streamSettingsSchema } from './settings.ts';
import { gamepadPlayersSchema, negotiationSchema } from './signalling.ts';
import { streamerStatisticsSchema } from './statistics.ts';
import { rungCauseSchema, rungSchema, transportSchema, webRtcStackChoiceSchema } from './transport.ts';
import { inputAnswerSchema, inputKindSchema, MAX_INPUT_EVENTS, viewerInputSchema } from './viewer-input.ts';

/** How often a streamer sends a heartbeat. */
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
  /** The client certificate from the pool that this streamer uses, PEM. */
  identity: z.object({ certificate: z.string(), privateKey: z.string() }),
  app: appSchema,
  settings: streamSettingsSchema,
  /** An earlier process had the session up: wait for the host; no failure is an answer to a caller. */
  resume: z.boolean(),
  /** How long the host's video may be silent before it counts as lost. */
  videoTimeoutMs: z.int().min(100),
  /** How long `/launch` may stay unanswered: apps with preparation commands take minutes. */
  launchLimitMs: z.int().min(1),
  webrtc: z.object({
    iceServers: z.array(iceServerSchema),
    /** The one UDP port for all viewers of this streamer. */
    udpPort: z.int().min(0).max(65_535),
    /** Bind only here; undefined: to every address. */
    bindAddress: z.string().optional(),
    /** Announced instead of the local addresses (1:1 NAT). */
    publicAddress: z.string().optional(),
    maxViewers: z.int().min(1),
    /** Absent: `auto`. */
    stack: webRtcStackChoiceSchema.optional(),
  }),
  logLevel: z.string(),
});
export type StreamerInit = z.infer<typeof initSchema>;

const peerId = z.string().min(1).max(64);

/** The part of an upgrade request that is passed on: only what the handshake needs, no cookies or credentials. */
const upgradeHeaderSchema = z.enum([
  'connection',
  'upgrade',
  'sec-websocket-extensions',
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
]);

const mediaSocketFields = {
  request: z.object({
    url: z.string().max(4096),
    headers: z.partialRecord(upgradeHeaderSchema, z.string().max(1024)),
  }),
  /** Base64: what followed the request. */
  head: z.string().max(90_000),
};

/** Server to streamer. */
export const toStreamerSchema = z.discriminatedUnion('type', [
  initSchema,
  z.object({
    type: z.literal('addPeer'),
    peerId,
    role: roleSchema,
    /** Whom its budgets are charged to, by address and by link; absent: to itself alone. */
    owners: z.array(z.string().max(256)).max(8).optional(),
    /** The peer as which the same viewer was here before: this one takes over what it holds. */
    succeeds: peerId.optional(),
    /** What may carry its media; absent: WebRTC. */
    transports: z.array(transportSchema).max(2).optional(),
  }),
  z.object({ type: z.literal('fromPeer'), peerId, message: negotiationSchema }),
  /** `mayReturn`: it left without saying so, so what it holds is kept for a moment. */
  z.object({ type: z.literal('removePeer'), peerId, mayReturn: z.boolean().optional() }),
  /**
   * Its media socket. The server has checked the ticket; the handshake is still to be answered. `stream`: it is this one of the multiplexed
   * connection (multiplex/frames.ts); absent: its handle comes with this message.
   */
  z.object({ type: z.literal('mediaSocket'), peerId, ...mediaSocketFields, stream: z.int().min(1).optional() }),
  /** The media socket of a picture tap of this server, which is no viewer. It ends with the socket. */
  z.object({ type: z.literal('tapSocket'), ...mediaSocketFields }),
  /** Its browser starts WebRTC again. */
  z.object({ type: z.literal('restartWebRtc'), peerId }),
  /** Its browser shows the picture of this one. */
  z.object({ type: z.literal('useTransport'), peerId, transport: transportSchema }),
  /** Its browser asks when the last frame was sent to it. */
  z.object({ type: z.literal('getLastFrame'), peerId }),
  /** Its turn on the host: only one launch or resume at a time per host (protocol/1 §7.4). */
  z.object({ type: z.literal('launchGranted') }),
  /** The host has applied another bitrate, kbit/s, which later attempts ask for. */
  z.object({ type: z.literal('bitrateChanged'), bitrate: z.int().min(1) }),
  z.object({ type: z.literal('getStats'), requestId: z.int() }),
  /** Whose keyboard, mouse and touch reach the host from now on: under `union` everybody's, otherwise only the holder's. */
  z.object({ type: z.literal('setControl'), policy: controlPolicySchema, holder: peerId.nullable() }),
  /** From now on this much of its input is accepted. */
  z.object({ type: z.literal('setRole'), peerId, role: roleSchema }),
  z.object({ type: z.literal('getHeld'), requestId: z.int() }),
  /** Input from an agent, who watches nothing; one more participant beside the viewers. `caller`: whom its budget is charged to. */
  z.object({
    type: z.literal('input'),
    requestId: z.int(),
    agent: z.object({ id: peerId, caller: z.string().max(256) }),
    events: z.array(viewerInputSchema).max(MAX_INPUT_EVENTS),
    release: z.boolean(),
    /** What it holds is released so long after its last input; absent: after 10 s. */
    holdMs: z.int().min(0).max(60_000).optional(),
  }),
  /** End. Ending the app on the host is up to the server. */
  z.object({ type: z.literal('stop') }),
]);
export type ToStreamer = z.infer<typeof toStreamerSchema>;

/** The steps of connecting to a host, and `restarting`, which only the server uses. The server has their texts. */
export const stageSchema = z.enum([
  'waitingForTurn',
  'askingHost',
  'startingApp',
  'resumingApp',
  'rtspHandshake',
  'controlStream',
  'videoStream',
  'retryingWithoutPicture',
  'waitingForHost',
  'restarting',
]);
export type Stage = z.infer<typeof stageSchema>;

/** What the host really sends, as front ends are told it. */
const hostFormatSchema = z.object({ width: z.int(), height: z.int(), touch: z.boolean() });

/** State of the host session: `connecting -> streaming <-> recovering -> ended`. */
export const hostStateSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('connecting'), stage: stageSchema }),
  z.object({ state: z.literal('streaming'), encryption: hostEncryptionSchema, format: hostFormatSchema }),
  z.object({ state: z.literal('recovering'), stage: stageSchema, attempt: z.int(), error: errorBodySchema }),
  z.object({ state: z.literal('ended'), error: errorBodySchema.nullable() }),
]);
export type HostState = z.infer<typeof hostStateSchema>;

/** What happened to the input of an agent. */
export const inputOutcomeSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('done'), answer: inputAnswerSchema }),
  /** No host session is up to take it. */
  z.object({ outcome: z.literal('noSession') }),
  /** Somebody else has the controls. */
  z.object({ outcome: z.literal('taken') }),
]);
export type InputOutcome = z.infer<typeof inputOutcomeSchema>;

/** Streamer to server. */
export const fromStreamerSchema = z.discriminatedUnion('type', [
  /** Loaded; waiting for `init`. */
  z.object({ type: z.literal('ready') }),
  /** It is alive; its resident memory. */
  z.object({ type: z.literal('heartbeat'), memoryBytes: z.number() }),
  z.object({ type: z.literal('hostState'), host: hostStateSchema }),
  /** Someone else has the UDP port of `init`: it has no session, and waits for `stop`. */
  z.object({ type: z.literal('portTaken') }),
  /** Another attempt needs its turn; the first one's turn is requested with `init`. */
  z.object({ type: z.literal('launchWanted') }),
  /** The turn is over: the control stream is up, or the attempt has failed. */
  z.object({ type: z.literal('launchDone') }),
  /** What the host runs for this client certificate, as reported before a launch or resume; 0 = nothing. */
  z.object({ type: z.literal('hostInfo'), currentGame: z.int() }),
  /** The request is being sent: from now on the app may be running on the host. */
  z.object({ type: z.literal('launching'), verb: z.enum(['launch', 'resume']) }),
  /** The host has answered; `refused`: it has started nothing. Until this message nobody knows. */
  z.object({ type: z.literal('launchAnswered'), refused: z.boolean() }),
  /** The RTSP handshake is done; `pingPayload`: the host tells streams apart by their pings. */
  z.object({ type: z.literal('streamSetUp'), pingPayload: z.boolean() }),
  z.object({ type: z.literal('negotiation'), peerId, message: negotiationSchema }),
  /** Which of its controllers have a slot on the host. */
  z.object({ type: z.literal('gamepadPlayers'), peerId, players: gamepadPlayersSchema }),
  /** Answers `getLastFrame`: how long ago a frame was sent to it, ms; null: none yet. */
  z.object({ type: z.literal('lastFrame'), peerId, ageMs: z.number().nullable() }),
  /** ICE and DTLS are up; media may still have to be negotiated. */
  z.object({ type: z.literal('peerOpened'), peerId }),
  z.object({ type: z.literal('peerConnected'), peerId }),
  /** The first frame was sent to it, this long after it joined. */
  z.object({ type: z.literal('peerFirstFrame'), peerId, ms: z.number() }),
  /** What carries its picture from now on. */
  z.object({ type: z.literal('peerTransport'), peerId, transport: transportSchema }),
  /** How much of the stream it gets from now on; kbit/s, null: not known. */
  z.object({
    type: z.literal('peerRung'),
    peerId,
    rung: rungSchema,
    cause: rungCauseSchema,
    networkKbps: z.number().min(0).nullable(),
    streamKbps: z.number().min(0).nullable(),
  }),
  /** The viewer is gone; the server closes its socket. */
  z.object({ type: z.literal('peerClosed'), peerId, error: errorBodySchema.nullable() }),
  z.object({ type: z.literal('stats'), requestId: z.int(), stats: streamerStatisticsSchema }),
  /** Its keyboard, mouse or touch input went nowhere, since it does not have the controls; at most once a second for each. */
  z.object({ type: z.literal('inputDropped'), participant: peerId }),
  /** The holder of the controls uses them; at most once a second. */
  z.object({ type: z.literal('holderActive'), participant: peerId }),
  /** Answers `getHeld`; who holds nothing is absent. */
  z.object({
    type: z.literal('held'),
    requestId: z.int(),
    held: z.array(z.object({ participant: peerId, ...heldCountsSchema.shape })),
  }),
  /** What a participant has sent to the host since the last report, by kind: once a minute, and when it leaves. */
  z.object({
    type: z.literal('inputCounts'),
    participant: peerId,
    counts: z.partialRecord(inputKindSchema, z.int().min(1)),
  }),
  z.object({ type: z.literal('inputDone'), requestId: z.int(), outcome: inputOutcomeSchema }),
]);
export type FromStreamer = z.infer<typeof fromStreamerSchema>;
