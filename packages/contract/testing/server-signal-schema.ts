import { z } from 'zod';
import {
  controlActionNameSchema,
  controlStateSchema,
  participantInfoSchema,
  participantReferenceSchema,
} from '../control.ts';
import { errorBodySchema } from '../error-body.ts';
import { hostEncryptionSchema } from '../host-encryption.ts';
import { appSchema, streamerStatusSchema } from '../rest.ts';
import { iceServerSchema, roleSchema } from '../settings.ts';
import { gamepadPlayersSchema, negotiationSchema } from '../signalling.ts';
import { rungCauseSchema, rungSchema, transportChoiceSchema } from '../transport.ts';

/** The state of the controls, with times as durations, since clocks of browsers differ. */
const controlSignalSchema = controlStateSchema.omit({ request: true, since: true }).extend({
  you: z.string(),
  held_ms: z.number().nullable(),
  request: z.object({ participant: participantReferenceSchema, takes_in_ms: z.number().nullable() }).nullable(),
  may_manage: z.boolean(),
});

const stage = z.object({ stage: z.string() });

/** Server to browser, protocol/4 §3. Those from `StreamerState` on are ours and only go to peers that asked for them (`?events=1`). */
export const serverSignalSchema = z.union([
  z.enum(['InternalServerError', 'HostNotFound', 'AppNotFound', 'HostNotPaired', 'AlreadyStreaming', 'PeerDisconnect']),
  z.object({ WebRtcConfig: z.object({ ice_servers: z.array(iceServerSchema) }) }),
  z.object({ Signaling: negotiationSchema }),
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
  z.object({
    Participants: z.object({ you: z.string(), may_rename: z.boolean(), participants: z.array(participantInfoSchema) }),
  }),
  /** `may_manage`: this browser may give the controls to anyone, and take them at once. Durations are in ms. */
  z.object({ Control: controlSignalSchema }),
  z.object({ ControlRefused: z.object({ action: controlActionNameSchema, error: errorBodySchema }) }),
  /** Keyboard, mouse or touch input of this browser went nowhere: somebody else, or nobody, has the controls. */
  z.object({ InputDropped: z.object({ holder: participantReferenceSchema.nullable() }) }),
  /** The role of this browser was changed. */
  z.object({ RoleChanged: z.object({ role: roleSchema }) }),
]);

export const generalMessageSchema = z.union([
  z.literal('ConnectionTerminated'),
  z.object({ ConnectionStatusUpdate: z.object({ status: z.enum(['Ok', 'Poor']) }) }),
  serverSignalSchema,
]);
export type GeneralMessageByZod = z.infer<typeof generalMessageSchema>;
