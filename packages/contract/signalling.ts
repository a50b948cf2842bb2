import { z } from 'zod';
import {
  controlActionNameSchema,
  controlStateSchema,
  participantInfoSchema,
  participantReferenceSchema,
} from './control.ts';
import { errorBodySchema } from './errors.ts';
import { hostEncryptionSchema } from './host-encryption.ts';
import { parseJson } from './json.ts';
import { appSchema, streamerStatusSchema } from './rest.ts';
import { iceServerSchema, roleSchema } from './settings.ts';
import { rungCauseSchema, rungSchema, transportChoiceSchema, transportSchema } from './transport.ts';

/** Largest text frame of a peer WebSocket, in bytes; an SDP with many candidates stays far below this. */
export const MAX_SIGNAL_BYTES = 256 * 1024;

const descriptionSchema = z.object({
  ty: z.enum(['offer', 'answer', 'pranswer', 'rollback', 'unspecified']),
  sdp: z.string().max(200_000),
});
export type SessionDescription = z.infer<typeof descriptionSchema>;

const candidateSchema = z.object({
  candidate: z.string().max(4096),
  sdp_mid: z.string().max(256).nullish(),
  sdp_mline_index: z.int().min(0).max(1024).nullish(),
  username_fragment: z.string().max(256).nullish(),
});
export type IceCandidate = z.infer<typeof candidateSchema>;

const signalingSchema = z.union([
  z.object({ Description: descriptionSchema }),
  z.object({ AddIceCandidate: candidateSchema }),
]);

/** Browser to server, protocol/4 §3 and §4. On the peer socket, only the credentials of AuthenticateAndInit matter. */
export const clientSignalSchema = z.union([
  z.object({ Signaling: signalingSchema }),
  z.object({ AuthenticateAndInit: z.looseObject({ credentials: z.string().max(4096).nullish() }) }),
  /** Ours: the server answers with `StillHere`, the streamer with `LastFrame`. */
  z.object({ StillThere: z.object({}) }),
  /** Ours, like those below: answered with `MediaTicket`. */
  z.object({ GetMediaTicket: z.object({}) }),
  /** The browser has made a new peer connection and will send an offer: its earlier WebRTC transport is over. */
  z.object({ RestartWebRtc: z.object({}) }),
  /** This transport has shown a picture: the other is to be closed. */
  z.object({ UseTransport: z.object({ transport: transportSchema }) }),
  /** Answered with `Control` if it changes something, with `ControlRefused` if it is not allowed. */
  z.object({ ControlAction: z.object({ action: controlActionNameSchema, to: z.string().max(64).nullish() }) }),
  /** What the person wants to be called; ignored if a link or a login gave the name. */
  z.object({ SetName: z.object({ name: z.string().max(256) }) }),
]);
export type ClientSignal = z.infer<typeof clientSignalSchema>;

/** The part of a browser's messages that the streamer needs; the rest ends at the server. */
export const negotiationSchema = signalingSchema;
export type Negotiation = z.infer<typeof negotiationSchema>;

/** Which of a browser's controllers have a slot on the host; players count from 1, across all browsers. */
export const gamepadPlayersSchema = z.array(z.object({ id: z.int().min(0).max(15), player: z.int().min(1) })).max(16);
export type GamepadPlayers = z.infer<typeof gamepadPlayersSchema>;

/** The state of the controls, with times as durations, since clocks of browsers differ. */
const controlSignalSchema = controlStateSchema.omit({ request: true, since: true }).extend({
  held_ms: z.number().nullable(),
  request: z.object({ participant: participantReferenceSchema, takes_in_ms: z.number().nullable() }).nullable(),
  may_manage: z.boolean(),
});
export type ControlSignal = z.infer<typeof controlSignalSchema>;

const stage = z.object({ stage: z.string() });

/** Server to browser, protocol/4 §3. Those from `StreamerState` on are ours and only go to peers that asked for them (`?events=1`). */
export const serverSignalSchema = z.union([
  z.enum(['InternalServerError', 'HostNotFound', 'AppNotFound', 'HostNotPaired', 'AlreadyStreaming', 'PeerDisconnect']),
  z.object({ WebRtcConfig: z.object({ ice_servers: z.array(iceServerSchema) }) }),
  z.object({ Signaling: signalingSchema }),
  z.object({ UpdateApp: z.object({ app: appSchema }) }),
  z.object({ StageStarting: stage }),
  z.object({ StageComplete: stage }),
  z.object({ StageFailed: stage.extend({ error_code: z.int() }) }),
  z.object({
    ConnectionComplete: z.object({
      capabilities: z.object({ touch: z.boolean() }),
      width: z.int(),
      height: z.int(),
    }),
  }),
  z.object({ ConnectionTerminated: z.object({ error_code: z.int() }) }),
  z.object({
    StreamerState: z.object({
      status: streamerStatusSchema,
      stage: z.string().nullable(),
      error: errorBodySchema.nullable(),
      /** How many browsers are connected, including the one that reads this. */
      viewers: z.int().min(0),
      /** Sound channels; absent: stereo. */
      surround: z.literal([2, 6, 8]).optional(),
      /** Between the host and the streamer; null while no stream is up. */
      host_encryption: hostEncryptionSchema.nullish(),
    }),
  }),
  /** Why the server is closing the socket: the close reason only has room for the code. */
  z.object({ PeerClosed: z.object({ error: errorBodySchema }) }),
  /** Valid once, as `&resume=` of this browser's next socket, which takes over what this one holds. */
  z.object({ ResumeToken: z.object({ token: z.string().max(256) }) }),
  /** The socket is alive. */
  z.object({ StillHere: z.object({}) }),
  z.object({ GamepadPlayers: z.object({ players: gamepadPlayersSchema }) }),
  /** How long ago a video frame was sent to this browser, ms; null: none yet. */
  z.object({ LastFrame: z.object({ age_ms: z.number().nullable() }) }),
  /** Sent before `WebRtcConfig`: this server has a media socket (protocol/6), and this is the transport that its operator wants. */
  z.object({ MediaOptions: z.object({ transport: transportChoiceSchema }) }),
  /** Opens one media socket for this peer, soon. */
  z.object({ MediaTicket: z.object({ ticket: z.string().max(256) }) }),
  /** How much of the stream this browser gets from now on, what its network carries, and what the stream needs. */
  z.object({
    StreamShare: z.object({
      rung: rungSchema,
      cause: rungCauseSchema,
      network_kbps: z.number().min(0).nullable(),
      stream_kbps: z.number().min(0).nullable(),
    }),
  }),
  /** This one and those below only go to peers that know them (`?events=1&control=1`). Who is here, and which of them this browser is. */
  z.object({ Participants: z.object({ you: z.string(), participants: z.array(participantInfoSchema) }) }),
  /** `may_manage`: this browser may give the controls to anyone, and take them at once. Durations are in ms. */
  z.object({ Control: controlSignalSchema }),
  z.object({ ControlRefused: z.object({ action: controlActionNameSchema, error: errorBodySchema }) }),
  /** Keyboard, mouse or touch input of this browser went nowhere: somebody else, or nobody, has the controls. */
  z.object({ InputDropped: z.object({ holder: participantReferenceSchema.nullable() }) }),
  /** The role of this browser was changed. */
  z.object({ RoleChanged: z.object({ role: roleSchema }) }),
]);
export type ServerSignal = z.infer<typeof serverSignalSchema>;

/** A browser's text frame, or null for anything this contract does not know: that must not break the connection (protocol/4 §4). */
export function parseClientSignal(text: string): ClientSignal | null {
  return parseMessage(clientSignalSchema, text);
}

/** A server's text frame, or null for anything unknown. */
export function parseServerSignal(text: string): ServerSignal | null {
  return parseMessage(serverSignalSchema, text);
}

/** A text message of at most MAX_SIGNAL_BYTES that matches `schema`, otherwise null. */
export function parseMessage<T>(schema: z.ZodType<T>, text: string): T | null {
  return text.length > MAX_SIGNAL_BYTES ? null : (schema.safeParse(parseJson(text)).data ?? null);
}
