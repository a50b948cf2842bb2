import { z } from 'zod';
import {
  controlPolicySchema,
  controlReasonSchema,
  controlRequestSchema,
  participantInfoSchema,
  participantReferenceSchema,
} from './control.ts';
import { errorBodySchema } from './error-body.ts';
import { hostEncryptionSchema } from './host-encryption.ts';
import { pairingStateSchema, peerInfoSchema, streamerStatusSchema } from './rest.ts';
import { roleSchema } from './settings.ts';
import { rungCauseSchema, rungSchema, transportSchema } from './transport.ts';

const about = { at: z.iso.datetime(), streamer_id: z.string() };
const viewer = { ...about, peer_id: z.string() };

/** `GET /api/events`: every change of state that the caller may see, as server-sent events named by `type`. */
export const serverEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('streamer.created'), ...about, status: streamerStatusSchema }),
  z
    .object({
      type: z.literal('streamer.state'),
      ...about,
      status: streamerStatusSchema,
      stage: z.string().nullable(),
      stage_seconds: z.int().nullable(),
      error: errorBodySchema.nullable(),
    })
    .describe(
      'A new status, a new stage of the same status, or, every few seconds, how long the stage has taken so far.',
    ),
  z
    .object({ type: z.literal('streamer.bitrate'), ...about, bitrate: z.int() })
    .describe('Its host has changed the bitrate of the picture to this, kbit/s.'),
  z.object({ type: z.literal('streamer.ended'), ...about }).describe('It is no longer listed.'),
  z
    .object({ type: z.literal('streamer.shared'), ...about, user: z.string(), role: roleSchema.nullable() })
    .describe('This user can now see it, in this role; null: no longer.'),
  z
    .object({
      type: z.literal('host.state'),
      ...about,
      state: z.enum(['connecting', 'streaming', 'recovering', 'ended']),
      host_encryption: hostEncryptionSchema.nullable().describe('null unless streaming'),
    })
    .describe('The session with the host.'),
  z
    .object({
      type: z.literal('host.pairing'),
      at: about.at,
      host_id: z.int(),
      state: pairingStateSchema.exclude(['none']),
      error: errorBodySchema.nullable(),
    })
    .describe('A pairing is waiting for its PIN, or is over. Only whoever began it gets the PIN.'),
  z
    .object({ type: z.literal('viewer.joined'), ...about, ...peerInfoSchema.shape, viewers: z.int() })
    .describe('A browser opened its socket; `viewers` includes it.'),
  z.object({ type: z.literal('viewer.connected'), ...viewer }).describe('Media can reach it.'),
  z.object({ type: z.literal('viewer.first_frame'), ...viewer, ms: z.number() }).describe('`ms` after it joined.'),
  z
    .object({ type: z.literal('viewer.transport'), ...viewer, transport: transportSchema })
    .describe('What carries its picture from now on.'),
  z
    .object({
      type: z.literal('viewer.rung'),
      ...viewer,
      rung: rungSchema,
      cause: rungCauseSchema,
      network_kbps: z.number().nullable(),
      stream_kbps: z.number().nullable(),
    })
    .describe('How much of the stream it gets from now on, what its network carries, and what the stream needs.'),
  z.object({ type: z.literal('viewer.left'), ...viewer, viewers: z.int() }),
  z.object({ type: z.literal('participant.joined'), ...about, participant: participantInfoSchema }),
  z
    .object({ type: z.literal('participant.changed'), ...about, participant: participantInfoSchema })
    .describe('Its name, its role or its gamepads.'),
  z
    .object({ type: z.literal('participant.left'), ...about, participant: participantReferenceSchema })
    .describe('A viewer who was cut off may return for some seconds before that.'),
  z
    .object({
      type: z.literal('control.changed'),
      ...about,
      policy: controlPolicySchema,
      holder: participantReferenceSchema.nullable(),
      previous: participantReferenceSchema.nullable(),
      reason: controlReasonSchema,
    })
    .describe('Another policy, or another holder of keyboard, mouse and touch.'),
  z
    .object({
      type: z.literal('control.requested'),
      ...about,
      ...controlRequestSchema.shape,
      holder: participantReferenceSchema,
    })
    .describe('Somebody wants the controls that the holder has.'),
  z
    .object({ type: z.literal('control.denied'), ...about, participant: participantReferenceSchema })
    .describe('This participant does not get them.'),
  z
    .object({ type: z.literal('store.state'), at: about.at, writable: z.boolean() })
    .describe('The database cannot be written, or can again; in the meantime revocations are kept in memory.'),
  z
    .object({ type: z.literal('webhook.disabled'), at: about.at, webhook_id: z.int() })
    .describe('It has failed for three days, or its receiver said that it is gone.'),
  z
    .object({ type: z.literal('audit.state'), at: about.at, writable: z.boolean() })
    .describe('The audit trail cannot be written, or can again; in the meantime what happens waits in memory.'),
]);
export type ServerEvent = z.infer<typeof serverEventSchema>;
/** An event before it gets its time. */
export type NewServerEvent = ServerEvent extends infer E ? (E extends ServerEvent ? Omit<E, 'at'> : never) : never;
