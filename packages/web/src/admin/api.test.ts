import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { AdminApi } from './api.ts';
import { ApiError } from './api-error.ts';

interface Answer {
  status: number;
  body?: string;
  headers?: Record<string, string>;
}

/** A server that gives the same answer to everything, with the API under a path prefix. */
async function serverThatSays(context: TestContext, answer: Answer) {
  const requests: { line: string; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      requests.push({ line: `${request.method} ${request.url}`, body });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  const base = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/play/`);
  return { api: new AdminApi(base), requests, server };
}

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(
    () => assert.fail('it succeeded'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ApiError, String(error));
  return error;
}

test('every call goes below the path prefix, with IDs that cannot escape their place in the path', async (context) => {
  const { api, requests } = await serverThatSays(context, { status: 204 });
  await api.endStreamer('a:1');
  await api.removeViewer('a', '../../x');
  await api.revokeLink('a', 3);
  await api.logOut();
  assert.deepEqual(
    requests.map(({ line }) => line),
    [
      'DELETE /play/api/streamers/a%3A1',
      'DELETE /play/api/streamers/a/peers/..%2F..%2Fx',
      'DELETE /play/api/streamers/a/links/3',
      'POST /play/api/logout',
    ],
  );
  assert.equal(api.eventsAddress.pathname, '/play/api/events');
});

test('a valid answer is accepted, without the fields of a newer server', async (context) => {
  const me = {
    by: 'session',
    user: 'anna',
    role: 'user',
    scopes: ['streamers:read'],
    seen: { address: '127.0.0.1', https: true },
    newer: 1,
  };
  const { api } = await serverThatSays(context, { status: 200, body: JSON.stringify(me) });
  assert.deepEqual(await api.me(), {
    by: 'session',
    user: 'anna',
    role: 'user',
    scopes: ['streamers:read'],
    seen: { address: '127.0.0.1', https: true },
  });
});

test('a refusal keeps its code, message and hint, and how long to wait', async (context) => {
  const body = JSON.stringify({ error: 'Too many requests', code: 'RATE_LIMITED', hint: 'Try again in 8 s.' });
  const { api, requests } = await serverThatSays(context, { status: 429, body, headers: { 'retry-after': '8' } });
  const error = await failure(api.logIn('anna', 'secret'));
  assert.deepEqual(error.problem, { code: 'RATE_LIMITED', message: 'Too many requests', hint: 'Try again in 8 s.' });
  assert.equal(error.retryAfter, 8);
  assert.deepEqual(requests, [{ line: 'POST /play/api/login', body: '{"user":"anna","password":"secret"}' }]);
});

test('a proxy that finds no server is not reported as a nonsense reply', async (context) => {
  const answers: [Answer, string][] = [
    [{ status: 502, body: '<h1>Bad Gateway</h1>' }, 'SERVER_UNREACHABLE'],
    [{ status: 404, body: '<h1>Not here</h1>' }, 'SERVER_BAD_REPLY'],
    [{ status: 200, body: '<h1>Welcome</h1>' }, 'SERVER_BAD_REPLY'],
    [{ status: 200, body: '{"streamers":[{"streamer_id":1}]}' }, 'SERVER_BAD_REPLY'],
  ];
  for (const [answer, code] of answers) {
    const { api } = await serverThatSays(context, answer);
    assert.equal((await failure(api.streamers())).code, code, answer.body);
  }
});

test('an unreachable server is reported as such', async (context) => {
  const { api, server } = await serverThatSays(context, { status: 204 });
  server.close();
  await once(server, 'close');
  const error = await failure(api.endStreamer('a'));
  assert.equal(error.code, 'SERVER_UNREACHABLE');
  assert.equal(error.retryAfter, null);
});
