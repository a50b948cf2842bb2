import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { askProvider, exchangeToken, type TokenResult } from './token.ts';

async function exchange(
  answer: RequestListener,
  linkToken: string | null = 'link',
  pin: string | null = null,
): Promise<TokenResult> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix/`);
  try {
    return await exchangeToken({ base, streamerId: 'a:b', linkToken, pin, signal: AbortSignal.timeout(5000) });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('posts the link token as Bearer to the prefixed path and returns the short-lived one', async () => {
  let seen: unknown;
  const result = await exchange((request, response) => {
    seen = [request.method, request.url, request.headers.authorization];
    response.setHeader('content-type', 'application/json');
    response.end('{"token":"short","expires_at":"2026-01-01T00:00:00Z","role":"full"}');
  });
  assert.deepEqual(seen, ['POST', '/prefix/api/streamers/a%3Ab/token', 'Bearer link']);
  assert.deepEqual(result, { token: { token: 'short', expires_at: '2026-01-01T00:00:00Z', role: 'full' } });
});

test('sends no credentials when there are none', async () => {
  let seen: unknown = 'nothing';
  await exchange((request, response) => {
    seen = request.headers.authorization;
    response.end();
  }, null);
  assert.equal(seen, undefined);
});

test('a PIN goes in the body, and a renewal comes back', async () => {
  let seen = '';
  const answer = { token: 'short', expires_at: '2026-01-01T00:00:00Z', role: 'full', renewal: 'r' } as const;
  const listener: RequestListener = async (request, response) => {
    seen = await text(request);
    response.end(JSON.stringify(answer));
  };
  assert.deepEqual(await exchange(listener, 'link', '4711'), { token: answer });
  assert.equal(seen, '{"pin":"4711"}');
  await exchange(listener);
  assert.equal(seen, '');
});

test('a coded error becomes the problem', async () => {
  const result = await exchange((_, response) => {
    response.writeHead(404, { 'content-type': 'application/json' });
    response.end('{"error":"Streamer not found","code":"STREAMER_NOT_FOUND","hint":"h"}');
  });
  assert.deepEqual(result, { problem: { code: 'STREAMER_NOT_FOUND', message: 'Streamer not found', hint: 'h' } });
});

test('replies that are not from Moonshare: a proxy without its server, another site, a nonsense body', async () => {
  const answer = (status: number, body: string) =>
    exchange((_, response) => {
      response.writeHead(status);
      response.end(body);
    }).then((result) => ('problem' in result ? result.problem.code : 'token'));
  assert.equal(await answer(502, '<html>Bad gateway</html>'), 'SERVER_UNREACHABLE');
  assert.equal(await answer(404, 'nope'), 'SERVER_BAD_REPLY');
  assert.equal(await answer(200, '{"token":5}'), 'SERVER_BAD_REPLY');
});

test('an unreachable server gives a problem and does not throw', async () => {
  const result = await exchange((request) => request.socket.destroy());
  assert.equal('problem' in result && result.problem.code, 'SERVER_UNREACHABLE');
});

test('a provider gives the token of a link, a whole answer, or the refusal that its server was answered', async () => {
  const token = { token: 'short', expires_at: '2026-01-01T00:00:00Z', role: 'watch' } as const;
  assert.deepEqual(await askProvider(async () => 'link'), { linkToken: 'link' });
  assert.deepEqual(await askProvider(async () => token), { token });
  const refusal = { error: 'Streamer not found', code: 'STREAMER_NOT_FOUND', hint: 'h' } as never;
  const problem = { code: 'STREAMER_NOT_FOUND', message: 'Streamer not found', hint: 'h' };
  assert.deepEqual(await askProvider(async () => refusal), { problem });
});

test('a provider that rejects, throws, or gives nonsense has no token', async () => {
  const nonsense = ['', undefined, null, 5, {}, { token: 5 }, { error: 'who are you?' }] as never[];
  const thrower = () => {
    throw new Error('at once');
  };
  for (const provider of [thrower, () => Promise.reject(new Error()), ...nonsense.map((value) => async () => value)]) {
    const result = await askProvider(provider);
    assert.equal('problem' in result && result.problem.code, 'TOKEN_UNAVAILABLE');
  }
});
