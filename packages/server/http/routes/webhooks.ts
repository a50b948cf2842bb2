import { route } from '../route.ts';
import { u32Query } from './query.ts';

const WEBHOOK = { id: u32Query.describe('as listed by GET /api/webhooks') };

/** Who is told of events by a request of ours. */
export const WEBHOOK_ROUTES = [
  route({
    method: 'GET',
    path: '/api/webhooks',
    access: 'admin',
    tag: 'Operations',
    summary: 'The webhooks',
    answer: { status: 200, schema: 'WebhookList' },
    handler: ({ services: { webhooks } }) => ({ webhooks: webhooks.list() }),
  }),
  route({
    method: 'POST',
    path: '/api/webhooks',
    access: 'admin',
    tag: 'Operations',
    summary:
      'Have events sent to an address, signed as Standard Webhooks has it. Only this response contains the secret',
    body: 'CreateWebhook',
    answer: { status: 201, schema: 'CreatedWebhook' },
    errors: ['WEBHOOK_URL_REFUSED', 'WEBHOOK_LIMIT'],
    handler: ({ services: { webhooks }, body, reply, note }) => {
      // Not the rest of it, in which some receivers have a secret.
      note({ receiver: new URL(body.url).host, events: body.events });
      reply.header('cache-control', 'no-store');
      return webhooks.create(body);
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/webhooks/:id',
    access: 'admin',
    tag: 'Operations',
    summary: 'Remove a webhook; what it has not been sent is forgotten',
    params: WEBHOOK,
    answer: { status: 204 },
    errors: ['WEBHOOK_NOT_FOUND'],
    handler: ({ services: { webhooks }, params: { id } }) => webhooks.remove(id),
  }),
  route({
    method: 'GET',
    path: '/api/webhooks/:id/deliveries',
    access: 'admin',
    tag: 'Operations',
    summary: 'The last deliveries of a webhook, newest first',
    params: WEBHOOK,
    answer: { status: 200, schema: 'WebhookDeliveryList' },
    errors: ['WEBHOOK_NOT_FOUND'],
    handler: ({ services: { webhooks }, params: { id } }) => ({ deliveries: webhooks.deliveries(id) }),
  }),
];
