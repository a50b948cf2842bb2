import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { loadConfig } from '../../config/load.ts';
import { CREDENTIALS, startTestServer } from '../../testing/test-server.ts';
import { checkProxy, judge } from './check-proxy.ts';
import { checkUpgrade } from './check-web.ts';
import type { Finding } from './finding.ts';

/** Where the proxy of these tests connects from, so that it is not one of the browser's addresses. */
const PROXY_ADDRESS = '127.0.0.9';
const LIMIT_MS = 2_000;

interface ProxyOptions {
  /** Rewrites a browser's headers; `address`: where the browser is. */
  headers?: (headers: IncomingHttpHeaders, address: string) => IncomingHttpHeaders;
  /** Passes answers on only when they are complete. */
  holdsBack?: boolean;
  /** Requires a separate login. */
  wantsLogin?: boolean;
}

const appended: NonNullable<ProxyOptions['headers']> = ({ 'x-forwarded-for': said, ...headers }, address) => ({
  ...headers,
  'x-forwarded-for': said === undefined ? address : `${said}, ${address}`,
});

async function startProxy(context: TestContext, target: string, options: ProxyOptions): Promise<string> {
  const { headers: change = appended, holdsBack = false } = options;
  const proxy = createServer((incoming, answer) => {
    if (options.wantsLogin) return answer.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    const headers = change(incoming.headers, incoming.socket.remoteAddress ?? '');
    const url = new URL(incoming.url ?? '/', target);
    const passed = request(url, { method: incoming.method, headers, localAddress: PROXY_ADDRESS }, async (response) => {
      answer.on('close', () => response.destroy());
      answer.writeHead(response.statusCode ?? 500, response.headers);
      if (!holdsBack) return response.pipe(answer);
      const chunks = await response.toArray().catch(() => []);
      return answer.end(Buffer.concat(chunks));
    });
    passed.on('error', () => answer.destroy());
    return incoming.pipe(passed);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  context.after(() => {
    proxy.close();
    proxy.closeAllConnections();
  });
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

interface Found {
  findings: Finding[];
  problems: string[];
  tokens: unknown[];
}

/** What the doctor finds about a server behind such a proxy. */
async function examine(
  context: TestContext,
  options: ProxyOptions & { environment?: Record<string, string>; credentials?: string } = {},
): Promise<Found> {
  const environment = { MOONSHARE_TRUSTED_PROXIES: PROXY_ADDRESS, ...options.environment };
  const { url, call } = await startTestServer(context, environment);
  const proxy = await startProxy(context, url, options);
  const credentials = options.credentials ?? CREDENTIALS;
  const config = loadConfig({ ...environment, PORT: new URL(url).port, MOONSHARE_CREDENTIALS: credentials });
  const findings = await checkProxy(config, proxy, LIMIT_MS);
  return {
    findings,
    problems: findings.filter(({ verdict }) => verdict === 'problem').map(({ message }) => message),
    tokens: (await call('GET', '/api/tokens')).body.tokens,
  };
}

test('a proxy that does everything right, and the temporary token is removed', async (context) => {
  const { findings, problems, tokens } = await examine(context);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    findings.map(({ message }) => message),
    ['the server sees this machine as 127.0.0.1: check that this is its address', 'forwards responses as they arrive'],
  );
  assert.deepEqual(tokens, []);
});

test('a proxy that trusts the address a browser claims', async (context) => {
  const { problems } = await examine(context, { headers: (headers) => headers });
  assert.deepEqual(problems, ['a browser can claim any address, and so get around the limits on guessing']);
});

test('a proxy that holds answers back until they are complete', async (context) => {
  const { problems } = await examine(context, { holdsBack: true });
  assert.equal(problems.length, 1);
  assert.match(problems[0]!, /^holds events back/);
});

test('a proxy that does not pass on the Authorization header', async (context) => {
  const { problems, findings } = await examine(context, { headers: ({ authorization: _, ...headers }) => headers });
  assert.match(problems[0]!, /\/api\/me answered 401$/);
  assert.match(findings[0]!.fix!, /header Authorization/);
});

test('a proxy that passes on the user name that a browser claims, and one that does not', async (context) => {
  const environment = { MOONSHARE_PROXY_USER_HEADER: 'X-Remote-User' };
  const believed = await examine(context, { environment });
  assert.deepEqual(believed.problems, ['anyone who sends x-remote-user: admin is let in as that user']);
  const headers: ProxyOptions['headers'] = ({ 'x-remote-user': _, ...rest }, address) => appended(rest, address);
  const removed = await examine(context, { environment, headers });
  assert.deepEqual(removed.problems, []);
  assert.equal(removed.findings.at(-1)!.message, 'does not accept x-remote-user from browsers');
});

test('a proxy with its own login is not a problem', async (context) => {
  const environment = { MOONSHARE_PROXY_USER_HEADER: 'X-Remote-User' };
  const { findings } = await examine(context, { environment, wantsLogin: true });
  assert.deepEqual(
    findings.map(({ verdict, message }) => [verdict, message]),
    [['ok', 'does not accept x-remote-user from browsers']],
  );
  const { url } = await startTestServer(context);
  const socket = await checkUpgrade(await startProxy(context, url, { wantsLogin: true }), LIMIT_MS);
  assert.deepEqual([socket.verdict, /its own login/.test(socket.message)], ['unknown', true]);
});

test('without rights on the server the doctor says so', async (context) => {
  const { findings } = await examine(context, { credentials: 'others' });
  assert.deepEqual(
    findings.map(({ verdict }) => verdict),
    ['unknown'],
  );
});

test('HTTPS that is not passed on, and a machine that is itself a trusted proxy', () => {
  const at = { check: 'c', publicUrl: 'https://moon.example', oneOfOurs: false };
  const verdicts = (findings: Finding[]) => findings.map(({ verdict }) => verdict);
  const plain = judge({ address: '203.0.113.7', https: false }, at);
  assert.deepEqual(verdicts(plain), ['problem', 'ok']);
  assert.match(plain[0]!.fix!, /MOONSHARE_TRUSTED_PROXIES.*X-Forwarded-Proto/);
  assert.deepEqual(verdicts(judge({ address: '203.0.113.7', https: true }, at)), ['ok']);
  assert.deepEqual(verdicts(judge({ address: '192.0.2.1', https: true }, { ...at, oneOfOurs: true })), ['unknown']);
  assert.deepEqual(verdicts(judge({ address: '203.0.113.7', https: false }, { ...at, publicUrl: 'http://a' })), ['ok']);
});
