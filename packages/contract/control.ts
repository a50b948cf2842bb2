import { z } from 'zod';
import { cleanName, MAX_NAME_LENGTH } from './participant-name.ts';
import { roleSchema } from './settings.ts';

const timestamp = z.iso.datetime();

/** Who may use keyboard, mouse and touch. Gamepads have seats of their own and are free under all of them. */
export const controlPolicySchema = z
  .enum(['union', 'exclusive', 'follow'])
  .describe(
    'union: everybody, merged. exclusive: one holder, whom others ask. follow: one holder, the last who asked. Gamepads are always free.',
  );
export type ControlPolicy = z.infer<typeof controlPolicySchema>;

/** A person's browser, or a caller of the API. */
export const participantKindSchema = z.enum(['person', 'agent']);
export type ParticipantKind = z.infer<typeof participantKindSchema>;

/** A name that somebody chose, without what would hide in it or break it. */
export const participantNameSchema = z
  .string()
  .max(4 * MAX_NAME_LENGTH)
  .transform((text, context) => {
    const name = cleanName(text);
    if (name !== null) return name;
    context.addIssue({ code: 'custom', message: 'has no printable characters' });
    return z.NEVER;
  })
  .describe(`up to ${MAX_NAME_LENGTH} printable characters`);

/** A participant in messages about others. */
export const participantReferenceSchema = z.object({
  participant_id: z.string(),
  name: z.string(),
  kind: participantKindSchema,
});
export type ParticipantReference = z.infer<typeof participantReferenceSchema>;

/** Someone at a streamer, as others see them. */
export const participantInfoSchema = participantReferenceSchema.extend({
  peer_id: z.string().nullable().describe('the viewer that it is at the moment; null: it is none, or is away'),
  role: roleSchema,
  joined_at: timestamp,
  has_control: z.boolean().describe('its keyboard, mouse and touch reach the host'),
  gamepads: z.array(z.int()).describe('which players its gamepads are, from 1'),
});
export type ParticipantInfo = z.infer<typeof participantInfoSchema>;

/** How much a participant holds at the host; never what. */
export const heldCountsSchema = z.object({
  keys: z.int(),
  buttons: z.int(),
  touches: z.int(),
  gamepads: z.array(z.int()),
});
export type HeldCounts = z.infer<typeof heldCountsSchema>;

/** An entry of `GET /api/streamers/{id}/participants`. */
export const participantSchema = participantInfoSchema
  .omit({ gamepads: true })
  .extend({ holds: heldCountsSchema.nullable().describe('null: the streamer does not say at the moment') });
export type ParticipantDetail = z.infer<typeof participantSchema>;

/** Somebody wants the controls that another holds. */
export const controlRequestSchema = z.object({
  participant: participantReferenceSchema,
  at: timestamp,
  takes_at: timestamp.nullable().describe('it gets them then unless it is denied; null: once they are given'),
});
export type ControlRequest = z.infer<typeof controlRequestSchema>;

/** Whose keyboard, mouse and touch reach the host. */
export const controlStateSchema = z.object({
  policy: controlPolicySchema,
  grace_ms: z.int().describe('how long the holder can refuse another person who takes the controls'),
  silence_ms: z.int().describe('the controls are free again after the holder has sent nothing for so long; 0: never'),
  holder: participantReferenceSchema.nullable().describe('null under union, and while they are free'),
  since: timestamp.nullable(),
  request: controlRequestSchema.nullable().describe('the one that is next'),
});
export type ControlState = z.infer<typeof controlStateSchema>;

/** Why they changed hands. */
export const controlReasonSchema = z.enum(['policy', 'taken', 'granted', 'released', 'silent', 'left', 'role']);
export type ControlReason = z.infer<typeof controlReasonSchema>;

export const DEFAULT_GRACE_MS = 5_000;
export const DEFAULT_SILENCE_MS = 300_000;

/** `PUT /api/streamers/{id}/control`; what is absent stays as it is. */
export const changeControlSchema = z
  .strictObject({
    policy: controlPolicySchema.optional(),
    grace_ms: z.int().min(0).max(60_000).optional(),
    silence_ms: z.int().min(0).max(86_400_000).optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'names nothing to change');
export type ChangeControl = z.infer<typeof changeControlSchema>;

export const controlActionNameSchema = z.enum(['request', 'grant', 'deny', 'take', 'release']);
export type ControlActionName = z.infer<typeof controlActionNameSchema>;

/** `POST /api/streamers/{id}/control`, as one of the caller's agents. */
export const controlActionSchema = z.strictObject({
  action: controlActionNameSchema.describe(
    'request: ask for the controls. grant: give them to `to`, or to who asks. deny: refuse who asks. take: without being given them. release: give them up, or withdraw a request.',
  ),
  participant: participantNameSchema.optional().describe('the name of the agent that acts'),
  to: z.string().max(64).optional().describe('grant: the participant_id of who gets them'),
  wait_ms: z
    .int()
    .min(0)
    .max(50_000)
    .default(0)
    .describe('request, take: answer only when it has got them, is refused, or has waited so long; it goes on asking'),
});
export type ControlAction = z.infer<typeof controlActionSchema>;
