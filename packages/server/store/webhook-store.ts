import { z } from 'zod';
import { NumberedTable, RecordTable } from './record-table.ts';

const names = z.string().transform((text): string[] => z.array(z.string()).parse(JSON.parse(text)));

const webhookSchema = z.object({
  id: z.int(),
  url: z.string(),
  events: names,
  secret: z.string(),
  createdAt: z.int(),
  failingSince: z.int().nullable(),
  disabledAt: z.int().nullable(),
});
export type WebhookRecord = z.output<typeof webhookSchema>;

const deliverySchema = z.object({
  /** `msg_` and 24 digits: the header `webhook-id`. */
  id: z.string(),
  webhookId: z.int(),
  event: z.string(),
  /** What is sent; empty once it is over. */
  body: z.string(),
  createdAt: z.int(),
  state: z.enum(['waiting', 'delivered', 'failed']),
  attempts: z.int(),
  status: z.int().nullable(),
  error: z.string().nullable(),
  nextAttemptAt: z.int().nullable(),
});
export type DeliveryRecord = z.output<typeof deliverySchema>;

export class WebhookStore extends NumberedTable<WebhookRecord> {
  protected readonly table = 'webhooks';
  protected readonly schema = webhookSchema;

  list(): WebhookRecord[] {
    return this.select('ORDER BY id');
  }

  add(webhook: Omit<WebhookRecord, 'id'>): number {
    return this.insert({ ...webhook, events: JSON.stringify(webhook.events) })!;
  }

  setState({ id, failingSince, disabledAt }: WebhookRecord): void {
    this.update('failing_since = ?, disabled_at = ? WHERE id = ?', failingSince, disabledAt, id);
  }
}

/** They go with their webhook. */
export class WebhookDeliveryStore extends RecordTable<DeliveryRecord> {
  protected readonly table = 'webhook_deliveries';
  protected readonly schema = deliverySchema;

  /** Oldest first. */
  of(webhookId: number): DeliveryRecord[] {
    return this.select('WHERE webhook_id = ? ORDER BY created_at, rowid', webhookId);
  }

  put(delivery: DeliveryRecord): void {
    this.insert(delivery, 'REPLACE');
  }

  drop(id: string): void {
    this.delete('id = ?', id);
  }
}
