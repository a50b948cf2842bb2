import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { IN_PROCESS, type InProcessFetch, inProcessFetch } from './in-process.ts';

type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/** An app whose `/outer` calls `/inner` with this. */
async function nested(
  context: TestContext,
  inner: Handler,
  outer: (send: InProcessFetch, request: FastifyRequest) => Promise<unknown>,
): Promise<{ app: FastifyInstance; url: string }> {
  const app = Fastify();
  app.post('/inner', async (request, reply) => inner(request, reply));
  app.post('/outer', async (request) => outer(inProcessFetch(app, request), request));
  context.after(() => app.close());
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { app, url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/outer` };
}

test('a call within the process is from whoever sent the outer request, with a body of its own', async (context) => {
  const { url } = await nested(
    context,
    ({ headers, body, ip, query }) => ({ headers, body, ip, query }),
    async (send) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await send(`${IN_PROCESS}/inner?q=1`, { method: 'POST', headers, body: '{"a":1}' });
      return answer.json();
    },
  );
  const headers = {
    authorization: 'Bearer x',
    origin: 'https://a.example',
    'mcp-protocol-version': '1',
    'if-none-match': '"x"',
    'content-type': 'text/plain',
  };
  const seen = await (await fetch(url, { method: 'POST', headers, body: 'longer than the inner one' })).json();
  assert.deepEqual([seen.body, seen.ip, seen.query], [{ a: 1 }, '127.0.0.1', { q: '1' }]);
  const { authorization, origin, host } = seen.headers;
  assert.deepEqual([authorization, origin, host], ['Bearer x', 'https://a.example', new URL(url).host]);
  assert.equal(seen.headers['content-length'], '7');
  for (const name of ['mcp-protocol-version', 'if-none-match', 'transfer-encoding']) assert.ok(!(name in seen.headers));
});

test('an aborted call rejects, and its handler learns that the caller has gone', async (context) => {
  const leaving = new AbortController();
  const closed = Promise.withResolvers<void>();
  const { url } = await nested(
    context,
    async (_request, { raw }) => {
      leaving.abort(new Error('enough'));
      if (!raw.closed) await once(raw, 'close');
      closed.resolve();
    },
    (send) =>
      send(`${IN_PROCESS}/inner`, { method: 'POST', signal: leaving.signal }).catch(({ message }) => ({ message })),
  );
  assert.deepEqual(await (await fetch(url, { method: 'POST' })).json(), { message: 'enough' });
  await closed.promise;
});

test('bytes stay as they are, and an answer without a body is one', async (context) => {
  const bytes = Uint8Array.from({ length: 256 }, (_, value) => value);
  const { url } = await nested(
    context,
    ({ query }, reply) => {
      const { empty } = query as { empty?: string };
      return empty === undefined ? reply.type('image/png').send(Buffer.from(bytes)) : reply.code(204).send();
    },
    async (send) => {
      const full = await send(`${IN_PROCESS}/inner`, { method: 'POST' });
      const empty = await send(`${IN_PROCESS}/inner?empty=1`, { method: 'POST' });
      const same = Buffer.from(await full.arrayBuffer()).equals(bytes);
      return { same, type: full.headers.get('content-type'), status: empty.status, text: await empty.text() };
    },
  );
  const seen = await (await fetch(url, { method: 'POST' })).json();
  assert.deepEqual(seen, { same: true, type: 'image/png', status: 204, text: '' });
});
