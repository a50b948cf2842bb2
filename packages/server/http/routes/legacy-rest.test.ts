// The legacy REST calls of protocol/4 §1, field by field.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairedServer } from '../../testing/paired-server.ts';
import { rawRequest } from '../../testing/raw-http.ts';
import { CREDENTIALS, startTestServer, type TestServer } from '../../testing/test-server.ts';

const UNDETAILED = ['host_id', 'name', 'paired', 'server_state'];
const DETAILED = [
  ...UNDETAILED,
  'address',
  'http_port',
  'https_port',
  'external_port',
  'version',
  'gfe_version',
  'unique_id',
  'mac',
  'local_ip',
  'current_game',
  'max_luma_pixels_hevc',
  'server_codec_mode_support',
];
const WITHOUT_MAC = DETAILED.filter((key) => key !== 'mac');

/** The answer as an old front end gets it: status, content type, text. */
async function ask(server: TestServer, method: string, path: string, body?: unknown) {
  const response = await fetch(server.url + path, {
    method,
    headers: { Authorization: `Bearer ${CREDENTIALS}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

async function json(server: TestServer, method: string, path: string, body?: unknown) {
  const { status, type, text } = await ask(server, method, path, body);
  assert.deepEqual([status, type], [200, 'application/json; charset=utf-8'], `${method} ${path}: ${text}`);
  return JSON.parse(text);
}

test('hosts have the documented fields and no others, in the documented order', async (context) => {
  const server = await startTestServer(context);
  server.hosts.add('box');
  const added = await json(server, 'PUT', '/api/host', { address: 'box' });
  assert.deepEqual(Object.keys(added), ['host']);
  assert.deepEqual(Object.keys(added.host), WITHOUT_MAC);
  const list = await json(server, 'GET', '/api/hosts');
  assert.deepEqual(list, { hosts: [{ host_id: 0, name: 'name of box', paired: 'NotPaired', server_state: 'Free' }] });
  assert.deepEqual(list.hosts.map(Object.keys), [UNDETAILED]);
  for (const query of ['host_id=0', 'host_id=0&force_refresh=false', 'host_id=0&force_refresh=true']) {
    assert.deepEqual(await json(server, 'GET', `/api/host?${query}`), added);
  }
});

test('a MAC address is included once it is known, in its documented place', async (context) => {
  const server = await startTestServer(context);
  server.hosts.add('box').mac = '00:11:22:33:44:55';
  const { host } = await json(server, 'PUT', '/api/host', { address: 'box' });
  assert.deepEqual(Object.keys(host), DETAILED);
  assert.equal(host.mac, '00:11:22:33:44:55');
});

test('the states of a host use the documented words', async (context) => {
  const server = await pairedServer(context);
  const state = async () => {
    const { host } = await json(server, 'GET', '/api/host?host_id=0&force_refresh=true');
    return [host.paired, host.server_state];
  };
  assert.deepEqual(await state(), ['Paired', 'Free']);
  server.box.currentGame = 7;
  assert.deepEqual(await state(), ['Paired', 'Busy']);
  server.box.online = false;
  assert.deepEqual(await state(), ['Paired', null]);
});

test('apps have three fields, and their pictures are bytes', async (context) => {
  const server = await pairedServer(context);
  const { apps } = await json(server, 'GET', '/api/apps?host_id=0&force_refresh=true');
  for (const app of apps) assert.deepEqual(Object.keys(app), ['app_id', 'title', 'is_hdr_supported']);
  const picture = await ask(server, 'GET', '/api/app/image?host_id=0&app_id=1&force_refresh=false');
  assert.deepEqual(picture, { status: 200, type: 'image/png', text: 'picture' });
});

test('calls without a result answer 200; cancelling reports whether it was done', async (context) => {
  const server = await pairedServer(context);
  server.box.mac = '00:11:22:33:44:55';
  await json(server, 'GET', '/api/host?host_id=0&force_refresh=true');
  const bare = async (method: string, path: string, body?: unknown) => {
    const { status, text } = await ask(server, method, path, body);
    assert.deepEqual([status, text], [200, ''], path);
  };
  await bare('GET', '/api/authenticate');
  await bare('POST', '/api/host/wake', { host_id: 0 });
  assert.deepEqual(await json(server, 'POST', '/api/host/cancel', { host_id: 0 }), { success: true });
  await bare('DELETE', '/api/host?host_id=0');
});

test('wrong credentials get 401 and never 403, whatever page sends them', async (context) => {
  const { url } = await startTestServer(context);
  for (const authorization of [undefined, 'Bearer wrong', 'Bearer', 'nonsense']) {
    // A proxy may pass on the origin of its own pages; a page without a Bearer header is refused as foreign.
    const own = [undefined, new URL(url).origin];
    for (const origin of authorization === 'Bearer wrong' ? [...own, 'https://platform.example'] : own) {
      const headers = Object.entries({ authorization, origin }).filter(([, value]) => value !== undefined);
      for (const [method, path] of [
        ['GET', '/api/authenticate'],
        ['GET', '/api/hosts'],
        ['PUT', '/api/host'],
        ['POST', '/api/pair'],
      ] as const) {
        const { status } = await fetch(url + path, { method, headers: headers as [string, string][] });
        assert.equal(status, 401, `${method} ${path} with ${authorization} from ${origin}`);
      }
    }
  }
});

test('pages from other origins are allowed nothing: no answer has a CORS header, and no preflight succeeds', async (context) => {
  const { url } = await startTestServer(context);
  for (const path of ['/api/authenticate', '/api/hosts', '/api/streamers', '/api/pair', '/config.js']) {
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) {
      const headers = {
        Origin: 'https://elsewhere.example',
        Authorization: `Bearer ${CREDENTIALS}`,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization',
      };
      const answer = await fetch(url + path, { method, headers });
      assert.deepEqual(
        [...answer.headers.keys()].filter((name) => name.startsWith('access-control')),
        [],
      );
      if (method === 'OPTIONS') assert.equal(answer.ok, false, path);
    }
  }
});

test('a HEAD gets the answer of its GET without the body', async (context) => {
  const server = await pairedServer(context);
  const headers = { Authorization: `Bearer ${CREDENTIALS}` };
  for (const path of ['/api/authenticate', '/api/hosts', '/api/apps?host_id=0', '/api/streamers', '/config.js']) {
    const [get, head] = await Promise.all(
      ['GET', 'HEAD'].map((method) => fetch(server.url + path, { method, headers })),
    );
    assert.deepEqual([head!.status, head!.headers.get('content-length')], [200, get!.headers.get('content-length')]);
    assert.equal(await head!.text(), '');
  }
});

test('POST /api/pair answers in two chunks of one line each, uncompressed, whatever the caller accepts', async (context) => {
  // The host enters the PIN by itself: both lines are available at once.
  const server = await startTestServer(context, { MOONLIGHT_INTERNAL_PAIRING_PIN: '1234' });
  server.hosts.add('box').pin = '1234';
  await server.call('PUT', '/api/host', { address: 'box' });
  const body = '{"host_id":0}';
  const { status, headers, chunks } = await rawRequest(
    server.url,
    [
      'POST /api/pair HTTP/1.1',
      'Host: localhost',
      `Authorization: Bearer ${CREDENTIALS}`,
      'Content-Type: application/json',
      'Accept-Encoding: gzip, deflate, br',
      'Connection: close',
      `Content-Length: ${body.length}`,
    ],
    body,
  );
  assert.equal(status, 200);
  assert.equal(headers.has('content-encoding'), false);
  assert.match(headers.get('cache-control') ?? '', /no-transform/);
  assert.equal(chunks.length, 2);
  assert.equal(chunks[0], '{"Pin":"1234"}\n');
  assert.ok(chunks[1]!.endsWith('}}\n'));
  const { Paired: paired } = JSON.parse(chunks[1]!);
  assert.deepEqual([Object.keys(paired), paired.paired], [WITHOUT_MAC, 'Paired']);
});

test('POST /api/pair with a host that is gone answers with one line', async (context) => {
  const server = await startTestServer(context);
  const box = server.hosts.add('box');
  await server.call('PUT', '/api/host', { address: 'box' });
  box.online = false;
  const { status, text } = await ask(server, 'POST', '/api/pair', { host_id: 0 });
  const lines = text.trimEnd().split('\n');
  assert.equal(status, 200);
  assert.match(lines[0]!, /^\{"Pin":"\d{4}"\}$/);
  assert.deepEqual(lines.slice(1), ['"PairError"']);
});
