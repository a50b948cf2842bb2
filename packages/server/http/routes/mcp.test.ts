// MCP over HTTP, with the official client: the same rights as the rest of the API.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { type TestContext, test } from 'node:test';
import { type CallToolResult, Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { type AccountServer, accountServer } from '../../testing/account-server.ts';
import { until } from '../../testing/processes.ts';
import { CREDENTIALS, startTestServer } from '../../testing/test-server.ts';

const JSON_RPC = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

type Revision = 'current' | 'before';

async function connect(
  context: TestContext,
  url: string,
  token: string,
  revision: Revision = 'before',
): Promise<Client> {
  const negotiation = revision === 'current' ? { versionNegotiation: { mode: 'auto' as const } } : {};
  const client = new Client({ name: 'test', version: '1' }, negotiation);
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }));
  context.after(() => client.close());
  return client;
}

/** What a tool says, parsed. */
// biome-ignore lint/suspicious/noExplicitAny: each test knows what to expect.
async function use(client: Client, name: string, input: Record<string, unknown> = {}): Promise<any> {
  const { content, isError = false } = (await client.callTool({ name, arguments: input })) as CallToolResult;
  const [said] = content;
  assert.equal(said?.type, 'text');
  return { isError, ...JSON.parse(said.text) };
}

async function tokenOf(server: AccountServer, scopes: string[]): Promise<string> {
  const made = await server.as(server.page((await server.logIn('a-admin')).cookie), 'POST', '/api/tokens', {
    name: scopes.join(' '),
    scopes,
  });
  assert.equal(made.status, 201);
  return made.body.token;
}

function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const all = { ...JSON_RPC, authorization: `Bearer ${CREDENTIALS}`, ...headers };
  return fetch(`${url}/mcp`, { method: 'POST', headers: all, body: JSON.stringify(body) });
}

const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };

for (const revision of ['current', 'before'] as const)
  test(`a client of the ${revision === 'current' ? 'current revision' : 'revision before'} lists and uses the tools`, async (context) => {
    const server = await accountServer(context);
    const client = await connect(context, server.url, CREDENTIALS, revision);
    assert.equal(client.getServerVersion()?.name, 'moonshare');
    const { tools } = await client.listTools();
    const writing = tools.filter(({ annotations }) => annotations?.readOnlyHint !== true).map(({ name }) => name);
    assert.deepEqual(writing.toSorted(), ['act', 'control', 'create_link', 'create_streamer', 'end_streamer']);
    const destroying = tools.filter(({ annotations }) => annotations?.destructiveHint === true);
    assert.deepEqual(
      destroying.map(({ name }) => name),
      ['end_streamer', 'act'],
    );

    const { streamers } = await use(client, 'list_streamers');
    assert.deepEqual(
      streamers.map((one: { streamer_id: string; status: string }) => [one.streamer_id, one.status]),
      [['a', 'active']],
    );
    const { hosts } = await use(client, 'list_hosts');
    assert.equal(hosts[0].host_id, 0);
    const { apps } = await use(client, 'list_apps', { host_id: 0 });
    const made = await use(client, 'create_streamer', { streamer_id: 'b', host_id: 0, app_id: apps[0].app_id });
    assert.deepEqual([made.streamer_id, made.status, made.width], ['b', 'active', 1280]);
    const taken = await use(client, 'create_streamer', { streamer_id: 'b', host_id: 0, app_id: apps[0].app_id });
    assert.deepEqual([taken.isError, taken.code], [true, 'STREAMER_EXISTS']);
    assert.ok(taken.hint.length > 0);

    const link = await use(client, 'create_link', { streamer_id: 'b', role: 'watch', single_use: true });
    // With the address that the client used, as REST does.
    assert.ok(link.url.startsWith(`${server.url}/s/b#token=`), link.url);
    assert.deepEqual(await use(client, 'end_streamer', { streamer_id: 'b' }), { isError: false, ended: 'b' });
    assert.equal((await use(client, 'end_streamer', { streamer_id: 'b' })).code, 'STREAMER_NOT_FOUND');
    const wrong = (await client.callTool({ name: 'end_streamer', arguments: { streamer: 'a' } })) as CallToolResult;
    assert.equal(wrong.isError, true);
    assert.match(JSON.stringify(wrong.content), /streamer_id/);
  });

test('a token can do with tools what it can do over REST', async (context) => {
  const server = await accountServer(context);
  const reader = await connect(context, server.url, await tokenOf(server, ['streamers:read']));
  assert.equal((await use(reader, 'list_streamers')).streamers.length, 1);
  for (const [name, input] of [
    ['create_streamer', { streamer_id: 'b', host_id: 0, app_id: 1 }],
    ['end_streamer', { streamer_id: 'a' }],
    ['create_link', { streamer_id: 'a', role: 'watch' }],
    ['control', { streamer_id: 'a', action: 'request' }],
    ['act', { streamer_id: 'a', actions: [{ action: 'left_click', coordinate: [1, 1] }] }],
    ['list_hosts', {}],
  ] as const) {
    const refused = await use(reader, name, input);
    assert.deepEqual([refused.isError, refused.code], [true, 'FORBIDDEN'], name);
  }
  const { body } = await server.call('GET', '/api/streamers');
  assert.deepEqual(
    body.streamers.map((one: { streamer_id: string }) => one.streamer_id),
    ['a'],
  );

  for (const authorization of ['', 'Bearer wrong']) {
    const refused = await post(server.url, PING, { authorization });
    assert.deepEqual([refused.status, refused.headers.get('www-authenticate')], [401, 'Bearer']);
  }
});

test('the controls: who has them, asking with progress, and giving them up', async (context) => {
  const server = await accountServer(context);
  await server.call('PUT', '/api/streamers/a/control', { policy: 'exclusive' });
  const client = await connect(context, server.url, CREDENTIALS);
  const first = await use(client, 'control', { streamer_id: 'a', action: 'request', participant: 'first' });
  assert.deepEqual([first.holder.name, first.holder.kind], ['first', 'agent']);
  const told: unknown[] = [];
  const asked = client.callTool(
    { name: 'control', arguments: { streamer_id: 'a', action: 'request', participant: 'second', wait_ms: 50_000 } },
    {
      onprogress: (progress) => {
        told.push(progress.message);
        // Only now is it certain that it waits.
        if (told.length === 2)
          void use(client, 'control', { streamer_id: 'a', action: 'release', participant: 'first' });
      },
    },
  );
  const [said] = ((await asked) as CallToolResult).content;
  assert.equal(said?.type === 'text' && JSON.parse(said.text).holder.name, 'second');
  assert.equal(told[0], 'waiting for the controls of a');
  const there = await use(client, 'who_is_there', { streamer_id: 'a' });
  assert.equal(there.control.holder.name, 'second');
  assert.deepEqual(there.participants.map((one: { name: string }) => one.name).toSorted(), ['first', 'second']);
});

test('it is not there where the settings say so', async (context) => {
  const { url } = await startTestServer(context, { MOONSHARE_MCP: 'false' });
  for (const method of ['GET', 'POST', 'DELETE']) {
    const headers = { ...JSON_RPC, authorization: `Bearer ${CREDENTIALS}` };
    const body = method === 'POST' ? { body: JSON.stringify(PING) } : {};
    assert.equal((await fetch(`${url}/mcp`, { method, headers, ...body })).status, 404, method);
  }
});

test('pages of other origins are refused even with a token, and so are those under a foreign name', async (context) => {
  const allowed = 'https://platform.example';
  const { url, call } = await startTestServer(context, { MOONSHARE_ALLOWED_ORIGINS: allowed });
  const { host } = new URL(url);
  for (const [origin, status] of [
    ['https://evil.example', 403],
    ['null', 403],
    [allowed, 200],
    [`http://${host}`, 200],
  ] as const) {
    assert.equal((await post(url, PING, { origin })).status, status, origin);
  }
  // A name that leads here by its owner's DNS; fetch sets Host itself.
  const headers = { ...JSON_RPC, authorization: `Bearer ${CREDENTIALS}`, host: 'evil.example' };
  const rebound = request(`${url}/mcp`, { method: 'POST', headers: { ...headers, origin: 'http://evil.example' } });
  rebound.end(JSON.stringify(PING));
  const [refused] = (await once(rebound, 'response')) as [IncomingMessage];
  refused.resume();
  assert.equal(refused.statusCode, 403);
  assert.equal((await call('GET', '/api/streamers')).status, 200);
});

test('bodies and batches are bounded', async (context) => {
  const { url } = await startTestServer(context);
  const large = await post(url, { ...PING, params: { filler: 'x'.repeat(10_000_000) } });
  assert.deepEqual([large.status, (await large.json()).code], [413, 'PAYLOAD_TOO_LARGE']);
  const batch = Array.from({ length: 17 }, (_, id) => ({ ...PING, id }));
  assert.equal((await post(url, batch)).status, 400);
  assert.equal((await post(url, batch.slice(1))).status, 200);
  const nonsense = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: { ...JSON_RPC, authorization: `Bearer ${CREDENTIALS}` },
    body: '{',
  });
  assert.equal(nonsense.status, 400);
  for (const method of ['GET', 'DELETE']) {
    const answer = await fetch(`${url}/mcp`, {
      method,
      headers: { ...JSON_RPC, authorization: `Bearer ${CREDENTIALS}` },
    });
    assert.equal(answer.status, 405, method);
  }
});

test('so many requests of a caller are answered at the same time, and no more; those whose client has gone do not count', async (context) => {
  const server = await accountServer(context);
  await server.call('PUT', '/api/streamers/a/control', { policy: 'exclusive' });
  await server.call('POST', '/api/streamers/a/control', { action: 'request', participant: 'first' });
  const leaving = new AbortController();
  const waiting = { streamer_id: 'a', action: 'request', participant: 'second', wait_ms: 50_000 };
  const params = { name: 'control', arguments: waiting, _meta: { progressToken: 1 } };
  const headers = { ...JSON_RPC, authorization: `Bearer ${CREDENTIALS}` };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
  for (let count = 0; count < 32; count += 1) {
    const answer = await fetch(`${server.url}/mcp`, { method: 'POST', headers, body, signal: leaving.signal });
    assert.equal(answer.status, 200);
    // It has begun: it tells its progress.
    await answer.body!.getReader().read();
  }
  const refused = await post(server.url, PING);
  assert.deepEqual([refused.status, (await refused.json()).code], [429, 'RATE_LIMITED']);
  const other = { authorization: `Bearer ${await tokenOf(server, ['streamers:read'])}` };
  assert.equal((await post(server.url, PING, other)).status, 200);
  leaving.abort();
  await until(async () => (await post(server.url, PING)).status === 200);
});

test('a link has the address that the client came by, also through a proxy', async (context) => {
  const server = await accountServer(context, {
    MOONSHARE_TRUSTED_PROXIES: '127.0.0.1',
  });
  const params = { name: 'create_link', arguments: { streamer_id: 'a', role: 'watch' } };
  const answer = await post(server.url, { ...PING, method: 'tools/call', params }, { 'x-forwarded-proto': 'https' });
  const { host } = new URL(server.url);
  assert.match(await answer.text(), new RegExp(`https://${host}/s/a#token=`));
});
