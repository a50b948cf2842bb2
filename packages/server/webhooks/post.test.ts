import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Server } from 'node:net';
import { type TestContext, test } from 'node:test';
import { post } from './post.ts';

async function listening(context: TestContext, server: Server): Promise<URL> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  return new URL(`http://localhost:${(server.address() as AddressInfo).port}/hook?a=1`);
}

async function receiver(context: TestContext, answer: RequestListener) {
  const server = createServer(answer);
  context.after(() => server.closeAllConnections());
  return listening(context, server);
}

const options = (url: URL, changes = {}) => ({
  url,
  headers: { 'webhook-id': 'msg_1' },
  body: '{"a":"ä"}',
  allowsPrivate: true,
  ...changes,
});

test('a request has the body, the headers and the name of the receiver, and any 2xx is success', async (context) => {
  const seen: unknown[] = [];
  const url = await receiver(context, async (request, response) => {
    const chunks = await request.toArray();
    const { host, 'webhook-id': id } = request.headers;
    seen.push(request.method, request.url, host, id, Buffer.concat(chunks).toString());
    response.writeHead(204).end();
  });
  assert.deepEqual(await post(options(url)), { status: 204, error: null });
  assert.deepEqual(seen, ['POST', '/hook?a=1', url.host, 'msg_1', '{"a":"ä"}']);
});

test('a name that leads to this machine is refused before anything is sent there', async (context) => {
  let requests = 0;
  const url = await receiver(context, (_request, response) => {
    requests += 1;
    response.end();
  });
  const result = await post(options(url, { allowsPrivate: false }));
  assert.deepEqual([result, requests], [{ status: null, error: 'the address is not a public one' }, 0]);
});

test('redirects are not followed', async (context) => {
  let requests = 0;
  const url = await receiver(context, (_request, response) => {
    requests += 1;
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  assert.deepEqual(await post(options(url)), { status: 307, error: 'redirects are not followed (307)' });
  assert.equal(requests, 1);
});

test('a receiver that does not answer is given up, and one that answers without end is cut off', async (context) => {
  const silent = await receiver(context, () => {});
  assert.deepEqual(await post(options(silent, { limitMs: 100 })), { status: null, error: 'no answer in time' });
  const ended = Promise.withResolvers<void>();
  const endless = await receiver(context, (_request, response) => {
    response.on('close', ended.resolve);
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(4096)));
    };
    response.on('drain', more);
    more();
  });
  assert.deepEqual(await post(options(endless)), { status: 200, error: null });
  await ended.promise;
});

test('no receiver, one that hangs up, and one that does not speak HTTP are failures', async (context) => {
  const closed = createSocketServer();
  const dead = await listening(context, closed);
  closed.close();
  assert.deepEqual(await post(options(dead)), { status: null, error: 'ECONNREFUSED' });
  const rude = await listening(
    context,
    createSocketServer((socket) => void socket.on('error', () => {}).destroy()),
  );
  assert.equal((await post(options(rude))).status, null);
  const liar = await listening(
    context,
    createSocketServer((socket) => void socket.on('error', () => {}).end('SSH-2.0-OpenSSH_9.6\r\n')),
  );
  assert.match((await post(options(liar))).error!, /^HPE_/);
  const noSuch = await post(options(new URL('https://no-such-name.invalid/')));
  assert.deepEqual([noSuch.status, typeof noSuch.error], [null, 'string']);
});
