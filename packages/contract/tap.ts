import { z } from 'zod';
import { errorBodySchema } from './error-body.ts';
import { pictureOptionsSchema, pictureSchema, regionSchema } from './pictures.ts';

/** How often a picture tap sends a heartbeat. */
export const TAP_HEARTBEAT_MS = 500;

const requestId = z.int().min(1);

export const waitUntilSchema = z.enum(['stable', 'change']);

/** What to wait for. */
export const waitOptionsSchema = z.object({
  /** `stable`: nothing changes for `quietMs`; `change`: something does. */
  until: waitUntilSchema,
  quietMs: z.int().min(0).max(60_000),
  /** null: all of the picture. */
  region: regionSchema.nullable(),
  /** The share of pixels, 0..1, that must differ for a change; null: the sizes of encoded frames decide, or any visible change of the region. */
  threshold: z.number().min(0).max(1).nullable(),
});
export type WaitOptions = z.infer<typeof waitOptionsSchema>;

/** Server to picture tap. */
export const toTapSchema = z.discriminatedUnion('type', [
  /** Watch the stream on the media socket whose handle comes with this message. An earlier one is closed. */
  z.object({ type: z.literal('open'), stream: z.int() }),
  /** Let go of the stream. What waits for it goes on with the next one. */
  z.object({ type: z.literal('close') }),
  /** Whether to decode every frame, so that the newest picture is there at once. */
  z.object({ type: z.literal('follow'), follows: z.boolean() }),
  /** `maxAgeMs`: a picture this old will do. */
  z.object({ type: z.literal('picture'), requestId, maxAgeMs: z.int().min(0), options: pictureOptionsSchema }),
  z.object({ type: z.literal('wait'), requestId, options: waitOptionsSchema }),
  /** Nobody wants the answer any more. */
  z.object({ type: z.literal('cancel'), requestId }),
]);
export type ToTap = z.infer<typeof toTapSchema>;

/** How a wait ended. */
export const waitOutcomeSchema = z.object({
  outcome: z.enum(['stable', 'changed']),
  /** The newest frame by then. */
  frame: z.number(),
  timeUs: z.number(),
  receivedAt: z.number(),
});
export type WaitOutcome = z.infer<typeof waitOutcomeSchema>;

/** Picture tap to server. */
export const fromTapSchema = z.discriminatedUnion('type', [
  /** The decoders are loaded. */
  z.object({ type: z.literal('ready') }),
  /** There are no decoders, so it ends. */
  z.object({ type: z.literal('missing'), reason: z.string() }),
  z.object({ type: z.literal('heartbeat'), memoryBytes: z.number() }),
  /** The media socket of this stream has ended. */
  z.object({ type: z.literal('closed'), stream: z.int() }),
  z.object({ type: z.literal('picture'), requestId, picture: pictureSchema }),
  z.object({ type: z.literal('waited'), requestId, outcome: waitOutcomeSchema }),
  z.object({ type: z.literal('failed'), requestId, error: errorBodySchema }),
]);
export type FromTap = z.infer<typeof fromTapSchema>;
