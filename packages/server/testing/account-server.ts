import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import {
  type Answer,
  startTestServer,
  streamerRequest,
  type TestPeer,
  type TestServer,
  type TestServerOptions,
} from './test-server.ts';

/** Every user’s. */
export const PASSWORD = 'correct horse';

export interface AccountServer extends TestServer {
  /** A request without the credentials. */
  as(headers: Record<string, string>, method: string, path: string, body?: unknown): Promise<Answer>;
  logIn(user: string, password?: string): Promise<{ cookie: string; answer: Answer }>;
  /** The headers of a browser on one of our pages: its cookie and origin. */
  page(cookie: string): Record<string, string>;
  link(request: Record<string, unknown>): Promise<{ id: number; token: string; headers: Record<string, string> }>;
  join(headers: Record<string, string>, body?: unknown): Promise<Answer>;
  socket(token: string): Promise<TestPeer>;
}

/** A server with streamer `a` and the users a-admin, a-user and a-viewer, who all have access to it. */
export async function accountServer(
  context: TestContext,
  environment: Record<string, string> = {},
  options: TestServerOptions = {},
): Promise<AccountServer> {
  const server = await startTestServer(
    context,
    { MOONLIGHT_INTERNAL_PAIRING_PIN: '1234', MOONSHARE_STREAMER_ACCESS: 'everyone', ...environment },
    options,
  );
  server.hosts.add('box').pin = '1234';
  await server.call('PUT', '/api/host', { address: 'box' });
  assert.equal((await server.call('POST', '/api/streamers', streamerRequest('a'))).status, 200);
  for (const role of ['admin', 'user', 'viewer']) {
    const { status } = await server.call('POST', '/api/users', { name: `a-${role}`, password: PASSWORD, role });
    assert.equal(status, 201);
  }
  const as: AccountServer['as'] = (headers, method, path, body) =>
    server.call(method, path, body, { authorization: '', ...headers });
  return {
    ...server,
    as,
    logIn: async (user, password = PASSWORD) => {
      const answer = await as({}, 'POST', '/api/login', { user, password });
      return { answer, cookie: (answer.headers.get('set-cookie') ?? '').split(';')[0]! };
    },
    page: (cookie) => ({ cookie, origin: new URL(server.url).origin }),
    link: async (request) => {
      const { status, body } = await server.call('POST', '/api/streamers/a/links', request);
      assert.equal(status, 201);
      const token = new URLSearchParams(new URL(body.url).hash.slice(1)).get('token')!;
      return { id: body.id, token, headers: { authorization: `Bearer ${token}` } };
    },
    join: (headers, body) => as(headers, 'POST', '/api/streamers/a/token', body),
    socket: async (token) => {
      const peer = server.peer(`/api/streamers/a/peer?token=${token}`);
      await peer.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
      return peer;
    },
  };
}

/** The status and error code of each. */
export function codes(...answers: Answer[]): [number, string | undefined][] {
  return answers.map(({ status, body }) => [status, body?.code]);
}

/** How a socket closes when its access is revoked. */
export const REVOKED = { code: 4403, reason: 'ACCESS_REVOKED' };
