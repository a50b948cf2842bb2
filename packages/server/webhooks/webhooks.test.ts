import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { pairedServer } from '../testing/paired-server.ts';
import { until } from '../testing/processes.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { startTestServer, streamerRequest } from '../testing/test-server.ts';
import { signedHeaders } from './signature.ts';

const NEAR = { MOONSHARE_WEBHOOK_HTTP: 'true', MOONSHARE_WEBHOOK_PRIVATE_ADDRESSES: 'true' };
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const EVENTS = ['streamer.created', 'streamer.ended'];

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

/** A receiver that answers with `status`, and remembers what it got. */
async function receiver(context: TestContext) {
  const received: Received[] = [];
  const self = { received, status: 200, url: '' };
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.writeHead(self.status).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  self.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return self;
}

test('events are sent to a webhook that wants them, signed, and listed as delivered', async (context) => {
  const hook = await receiver(context);
  const { call } = await pairedServer(context, 1, NEAR);
  const made = await call('POST', '/api/webhooks', { url: hook.url, events: EVENTS, secret: SECRET });
  assert.deepEqual([made.status, made.body.id, made.body.secret, made.body.state], [201, 1, SECRET, 'active']);
  await call('POST', '/api/streamers', streamerRequest('a'));
  await call('DELETE', '/api/streamers/a');
  await until(() => hook.received.length === 2);
  for (const { headers, body } of hook.received) {
    const id = String(headers['webhook-id']);
    const signed = signedHeaders(SECRET, id, Number(headers['webhook-timestamp']), body);
    assert.equal(headers['webhook-signature'], signed['webhook-signature']);
    assert.equal(headers['content-type'], 'application/json');
  }
  const sent = hook.received.map(({ body }) => JSON.parse(body));
  assert.deepEqual(
    sent.map(({ type, data }) => [type, data.streamer_id]),
    EVENTS.map((type) => [type, 'a']),
  );
  const { deliveries } = (await call('GET', '/api/webhooks/1/deliveries')).body;
  assert.deepEqual(
    deliveries.map(({ event, state, status }: Record<string, unknown>) => [event, state, status]).toSorted(),
    EVENTS.map((event) => [event, 'delivered', 200]),
  );
  // Its secret is not told again.
  assert.ok(!JSON.stringify((await call('GET', '/api/webhooks')).body).includes('whsec_'));
  assert.equal((await call('DELETE', '/api/webhooks/1')).status, 204);
  assert.equal((await call('GET', '/api/webhooks/1/deliveries')).body.code, 'WEBHOOK_NOT_FOUND');
});

test('what a receiver has not taken is sent again, also by the next server, with the same ID', async (context) => {
  const hook = await receiver(context);
  const settings = { ...NEAR, MOONSHARE_DATA: temporaryDirectory(context, 'webhooks') };
  const first = await pairedServer(context, 1, settings, { webhookRetryMs: 20 });
  await first.call('POST', '/api/webhooks', { url: hook.url, events: ['streamer.created'] });
  hook.status = 503;
  await first.call('POST', '/api/streamers', streamerRequest('a'));
  await until(() => hook.received.length > 1);
  const [webhook] = (await first.call('GET', '/api/webhooks')).body.webhooks;
  assert.deepEqual([webhook.waiting, typeof webhook.failing_since], [1, 'string']);
  await first.server.close();
  hook.status = 200;
  const { length } = hook.received;
  const next = await startTestServer(context, settings, { hosts: first.hosts, webhookRetryMs: 20 });
  await until(() => hook.received.length > length);
  assert.equal(new Set(hook.received.map(({ headers }) => headers['webhook-id'])).size, 1);
  await until(async () => (await next.call('GET', '/api/webhooks')).body.webhooks[0].failing_since === null);
});

test('a webhook whose receiver says that it is gone is disabled, which is an event for the others', async (context) => {
  const [gone, other] = [await receiver(context), await receiver(context)];
  const { call } = await pairedServer(context, 1, NEAR);
  await call('POST', '/api/webhooks', { url: gone.url, events: EVENTS });
  await call('POST', '/api/webhooks', { url: other.url, events: ['webhook.disabled'] });
  gone.status = 410;
  await call('POST', '/api/streamers', streamerRequest('a'));
  await until(() => other.received.length === 1);
  assert.deepEqual(JSON.parse(other.received[0]!.body).data, { webhook_id: 1 });
  await call('DELETE', '/api/streamers/a');
  const [webhook] = (await call('GET', '/api/webhooks')).body.webhooks;
  assert.deepEqual([webhook.state, webhook.waiting, gone.received.length], ['disabled', 0, 1]);
});

test('addresses that are not public, plain HTTP, and what makes no sense are refused', async (context) => {
  const { call } = await startTestServer(context);
  const codeOf = async (changes: Record<string, unknown>) =>
    (await call('POST', '/api/webhooks', { url: 'https://hooks.example/', events: EVENTS, ...changes })).body.code;
  const refused = [
    'http://hooks.example/',
    'https://u:p@hooks.example/',
    'https://localhost/',
    'https://a.localhost./',
  ];
  const addresses = ['https://127.0.0.1/', 'https://0x7f.1/', 'https://[::ffff:10.0.0.1]/', 'https://169.254.169.254/'];
  for (const url of [...refused, ...addresses]) assert.equal(await codeOf({ url }), 'WEBHOOK_URL_REFUSED', url);
  const senseless = [
    { url: 'ftp://a.example' },
    { url: 'x' },
    { events: [] },
    { events: ['no.such'] },
    { secret: 'x' },
  ];
  for (const changes of senseless) assert.equal(await codeOf(changes), 'BAD_REQUEST', JSON.stringify(changes));
  for (let n = 0; n < 20; n++) assert.equal(await codeOf({}), undefined);
  assert.equal(await codeOf({}), 'WEBHOOK_LIMIT');
});
