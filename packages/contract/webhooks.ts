import { z } from 'zod';
import { serverEventSchema } from './events.ts';

const timestamp = z.iso.datetime();

/** The names of all events. */
export const eventNameSchema = z.enum(
  serverEventSchema.options.map(({ shape }) => shape.type.value) as [string, ...string[]],
);

/** As the specification of Standard Webhooks writes secrets: 24 to 64 bytes. */
const secretSchema = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/, 'must be whsec_ and 24 to 64 bytes in Base64')
  .refine((text) => {
    const { length } = Buffer.from(text.slice('whsec_'.length), 'base64');
    return length >= 24 && length <= 64;
  }, 'must be 24 to 64 bytes in Base64');

/** `POST /api/webhooks` */
export const createWebhookSchema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .describe('where each event is sent with POST'),
  events: z.array(eventNameSchema).min(1).max(100).describe('which events, by name'),
  secret: secretSchema
    .optional()
    .describe('with which they are signed; absent: one is made, and only this answer has it'),
});

export const webhookInfoSchema = z.object({
  id: z.int(),
  url: z.string(),
  events: z.array(z.string()),
  state: z
    .enum(['active', 'disabled'])
    .describe('disabled: it has failed for three days, or its receiver said 410 Gone'),
  failing_since: timestamp.nullable().describe('the first failure since the last success'),
  waiting: z.int().describe('events that are still to be delivered'),
  dropped: z.int().describe('events that were dropped since this server started, as too many were waiting'),
  created_at: timestamp,
});
export type WebhookInfo = z.infer<typeof webhookInfoSchema>;
export const createdWebhookSchema = webhookInfoSchema.extend({ secret: z.string() });
export type CreatedWebhook = z.infer<typeof createdWebhookSchema>;

/** What became of one event. */
export const webhookDeliverySchema = z.object({
  id: z.string().describe('the header webhook-id, the same in each attempt'),
  event: z.string(),
  at: timestamp.describe('when it happened'),
  state: z.enum(['waiting', 'delivered', 'failed']),
  attempts: z.int(),
  status: z.int().nullable().describe('of the last answer; null: there was none'),
  error: z.string().nullable().describe('why the last attempt failed'),
  next_attempt_at: timestamp.nullable(),
});
export type WebhookDelivery = z.infer<typeof webhookDeliverySchema>;
