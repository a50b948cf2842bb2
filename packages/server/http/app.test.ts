import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import fc from 'fast-check';
import { rawRequest } from '../testing/raw-http.ts';
import { CREDENTIALS, startTestServer, streamerRequest } from '../testing/test-server.ts';

const GUARDED = [
  ['GET', '/api/authenticate'],
  ['GET', '/api/hosts'],
  ['GET', '/api/host?host_id=0'],
  ['PUT', '/api/host'],
  ['DELETE', '/api/host?host_id=0'],
  ['POST', '/api/pair'],
  ['POST', '/api/host/wake'],
  ['POST', '/api/host/cancel'],
  ['GET', '/api/apps?host_id=0'],
  ['GET', '/api/app/image?host_id=0&app_id=1'],
  ['POST', '/api/streamers'],
  ['GET', '/api/streamers'],
  ['GET', '/api/streamers/a'],
  ['DELETE', '/api/streamers/a'],
  ['POST', '/api/streamers/a/token'],
] as const;

test('every call requires the credentials, and wrong ones get the same answer as none', async (context) => {
  const { url } = await startTestServer(context);
  for (const [method, path] of GUARDED) {
    const bodies = [];
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: `Basic ${CREDENTIALS}` }]) {
      const response = await fetch(url + path, { method, headers: headers as Record<string, string> });
      assert.equal(response.status, 401, `${method} ${path}`);
      bodies.push(await response.text());
    }
    assert.equal(new Set(bodies).size, 1);
    assert.equal(JSON.parse(bodies[0]!).code, 'UNAUTHORIZED');
  }
});

test('GET /api/authenticate reports whether the credentials are valid', async (context) => {
  const { call } = await startTestServer(context);
  assert.equal((await call('GET', '/api/authenticate')).status, 200);
  assert.equal((await call('GET', '/api/authenticate', undefined, { authorization: 'Bearer no' })).status, 401);
});

test('protocol/4 §7.7: a malformed Authorization header is a 401, not a crash', async (context) => {
  const { call } = await startTestServer(context);
  for (const authorization of [
    'Bearer',
    'Bearer ',
    ' ',
    'Bearer a b c',
    '\u00ff\u00fe',
    'Bearer \u00e9',
    'x'.repeat(9000),
  ]) {
    assert.equal((await call('GET', '/api/hosts', undefined, { authorization })).status, 401);
  }
  assert.equal((await call('GET', '/api/hosts')).status, 200);
});

test('bad bodies get coded errors that say what is wrong', async (context) => {
  const { call } = await startTestServer(context);
  const malformed = await call('POST', '/api/streamers', '{"streamer_id":');
  assert.deepEqual([malformed.status, malformed.body.code], [400, 'BAD_REQUEST']);
  const empty = await call('POST', '/api/streamers', '', { 'content-type': 'application/json' });
  assert.deepEqual([empty.status, empty.body.code], [400, 'BAD_REQUEST']);
  const wrong = await call('POST', '/api/streamers', streamerRequest('a b', { fps: 'many' }));
  assert.equal(wrong.status, 400);
  assert.match(wrong.body.error, /streamer_id: .*fps: /);
  const large = await call('POST', '/api/streamers', 'x'.repeat(65 * 1024));
  assert.deepEqual([large.status, large.body.code], [413, 'PAYLOAD_TOO_LARGE']);
  const query = await call('GET', '/api/host?host_id=-1');
  assert.match(query.body.error, /host_id/);
});

test('unknown paths and methods get a coded 404 without a stack', async (context) => {
  const { call } = await startTestServer(context);
  for (const [method, path] of [
    ['GET', '/api/nothing'],
    ['PATCH', '/api/streamers'],
    ['GET', '/api/streamers/a/peer'],
    ['GET', '/../../etc/passwd'],
    ['GET', '/%2e%2e/package.json'],
    ['GET', '/%zz'],
  ] as const) {
    const { status, body } = await call(method, path);
    assert.ok(status === 404 || status === 400, `${method} ${path}: ${status}`);
    assert.deepEqual(Object.keys(body).sort(), ['code', 'error', 'hint']);
  }
});

test('keys with a meaning in JavaScript are unknown fields, and deep nesting is refused', async (context) => {
  const { call } = await startTestServer(context);
  const named = { name: 'anna', password: 'correct horse', role: 'viewer' };
  for (const key of ['__proto__', 'constructor', 'prototype', 'toString']) {
    const body = `${JSON.stringify(named).slice(0, -1)},"${key}":{"role":"admin"}}`;
    const { status, body: answer } = await call('POST', '/api/users', body);
    assert.equal(status, 400, key);
    assert.ok(answer.error.includes(key), answer.error);
  }
  for (const open of ['[', '{"a":']) {
    const { status } = await call('POST', '/api/streamers', open.repeat(Math.floor(65_000 / open.length)));
    assert.equal(status, 400);
  }
  const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
  assert.equal((await call('POST', '/api/streamers', deep)).status, 400);
  assert.equal((await call('PUT', '/api/host', `{"address":${deep}}`)).status, 400);
  assert.equal('role' in {}, false);
});

test('no body or path makes the server answer 5xx or crash', async (context) => {
  const { call } = await startTestServer(context);
  await fc.assert(
    fc.asyncProperty(fc.json(), fc.string({ maxLength: 200 }), async (body, path) => {
      const answers = [
        await call('POST', '/api/streamers', body),
        await call('PUT', '/api/host', body === '' ? '{}' : body.replaceAll('address', '')),
        await call('GET', `/api/streamers/${encodeURIComponent(path)}`),
      ];
      for (const { status } of answers) assert.ok(status >= 400 && status < 500, String(status));
    }),
    { numRuns: 60 },
  );
  assert.equal((await call('GET', '/healthz')).status, 200);
});

test('bytes that are not HTTP get a coded 400', async (context) => {
  const { url } = await startTestServer(context);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.end('\x00\x01 garbage\r\n\r\n');
  const answer = await text(socket);
  assert.match(answer, /^HTTP\/1\.1 400 /);
  assert.match(answer, /"code":"BAD_REQUEST"/);
});

test('a page from another origin cannot change anything', async (context) => {
  const { call, url } = await startTestServer(context, { MOONSHARE_ALLOWED_ORIGINS: 'https://platform.example' });
  const evil = 'https://evil.example';
  const from = async (origin: string, authorization: string) =>
    (await call('PUT', '/api/host', { address: 'x' }, { origin, authorization })).body.code;
  for (const nothing of ['', 'Bearer', 'Basic YTpi']) assert.equal(await from(evil, nothing), 'FORBIDDEN');
  for (const origin of [new URL(url).origin, 'https://platform.example']) {
    assert.equal(await from(origin, ''), 'UNAUTHORIZED');
  }
  // No page from another origin can send a Bearer header, so with one only the header counts.
  assert.equal(await from(evil, 'Bearer guessed'), 'UNAUTHORIZED');
  assert.equal((await fetch(`${url}/healthz`, { headers: { origin: evil } })).status, 200);
});

test('a proxy that has the credentials may pass on the origin of its own pages', async (context) => {
  const { call } = await startTestServer(context);
  const answer = await call('PUT', '/api/host', { address: 'x' }, { origin: 'https://platform.example' });
  assert.equal(answer.body.code, 'HOST_UNREACHABLE');
});

test('everything is under the path prefix, and config.js contains it', async (context) => {
  const { call, url } = await startTestServer(context, { MOONSHARE_PATH_PREFIX: '/moon/' });
  assert.ok(url.endsWith('/moon'));
  assert.equal((await call('GET', '/api/hosts')).status, 200);
  const origin = new URL(url).origin;
  assert.equal((await fetch(`${origin}/api/hosts`)).status, 404);
  const config = await fetch(`${url}/config.js`);
  assert.match(config.headers.get('content-type') ?? '', /javascript/);
  assert.equal(await config.text(), 'export default {"path_prefix":"/moon"}');
});

/** Those of every answer, wherever it comes from. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; " +
    "font-src 'self'; manifest-src 'self'; worker-src 'self'; connect-src 'self'; base-uri 'self'; form-action 'self'; " +
    "frame-ancestors 'self'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

test('every answer has the security headers, even those that come from no route', async (context) => {
  const { url } = await startTestServer(context);
  const get = (path: string) => [`GET ${path} HTTP/1.1`, 'Host: a', 'Connection: close'];
  for (const [lines, status] of [
    [get('/healthz'), 200],
    [get('/config.js'), 200],
    [get('/api/streamers'), 401],
    [get('/nothing'), 404],
    [get('/%zz'), 400],
    [['no HTTP at all'], 400],
  ] as const) {
    const answer = await rawRequest(url, lines);
    assert.equal(answer.status, status, lines[0]);
    for (const [name, value] of Object.entries(HEADERS)) {
      // Pages of other origins may ask whether the server is up.
      const isOpen = name === 'cross-origin-resource-policy' && lines[0].includes('/healthz');
      assert.equal(answer.headers.get(name), isOpen ? 'cross-origin' : value, lines[0]);
    }
  }
});

test('CORS lets pages of the allowed origins ask for a token, without cookies', async (context) => {
  const { url } = await startTestServer(context, { MOONSHARE_ALLOWED_ORIGINS: 'https://platform.example' });
  const ask = (method: string, origin: string) =>
    fetch(`${url}/api/streamers/a/token`, { method, headers: { origin, authorization: 'Bearer x' } });
  for (const [origin, allowed] of [
    ['https://platform.example', 'https://platform.example'],
    ['https://evil.example', null],
    ['https://platform.example.evil.example', null],
    ['http://platform.example', null],
    ['null', null],
  ] as const) {
    const preflight = await ask('OPTIONS', origin);
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-methods'), allowed && 'POST');
    const answer = await ask('POST', origin);
    // Refusals too: the page has to say why.
    assert.equal(answer.status, 401);
    for (const { headers } of [preflight, answer]) {
      assert.equal(headers.get('access-control-allow-origin'), allowed);
      assert.equal(headers.get('access-control-allow-credentials'), null);
      assert.equal(headers.get('vary'), 'origin');
    }
  }
});

test('CORS is off elsewhere: no answer, not even to a preflight, allows another origin anything', async (context) => {
  const { url } = await startTestServer(context, { MOONSHARE_ALLOWED_ORIGINS: 'https://platform.example' });
  for (const origin of ['https://evil.example', 'https://platform.example', 'null', new URL(url).origin]) {
    for (const [method, path] of [
      ['GET', '/healthz'],
      ['GET', '/api/streamers'],
      ['POST', '/api/login'],
      ['OPTIONS', '/api/streamers'],
      ['OPTIONS', '/nothing'],
    ] as const) {
      const headers = { origin, authorization: `Bearer ${CREDENTIALS}`, 'access-control-request-method': 'POST' };
      const answer = await fetch(url + path, { method, headers });
      if (method === 'OPTIONS') assert.equal(answer.status, 404);
      for (const name of answer.headers.keys()) assert.doesNotMatch(name, /^access-control-/, `${method} ${path}`);
    }
  }
});
