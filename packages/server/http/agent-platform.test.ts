// The one known agent platform, protocol/4 §2: its requests, byte for byte.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startDumbProxy } from '../testing/dumb-proxy.ts';
import { until } from '../testing/processes.ts';
import { type RawAnswer, rawRequest } from '../testing/raw-http.ts';
import {
  CREDENTIALS,
  startTestServer,
  TestPeer,
  type TestServer,
  type TestServerOptions,
} from '../testing/test-server.ts';

const SESSION = 'ses_01k9';
const ID = `agent-${SESSION}`;
const FLAT =
  `{"streamer_id":"${ID}","client_unique_id":"helix-agent-${SESSION}","host_id":0,"app_id":1,"bitrate":20000,` +
  '"packet_size":1024,"fps":60,"width":1920,"height":1080,"video_sample_queue_size":10,"play_audio_local":false,' +
  '"audio_sample_queue_size":10,"video_supported_formats":1,"video_colorspace":"Rec709","video_color_range_full":false}';
const NESTED =
  `{"streamer_id":"${ID}","client_unique_id":"helix-agent-${SESSION}","host_id":0,"app_id":1,"bitrate":20000,` +
  '"packet_size":1024,"fps":60,"settings":{"width":1920,"height":1080,"video_sample_queue_size":10,' +
  '"play_audio_local":false,"audio_sample_queue_size":10,"video_supported_formats":1,"video_colorspace":"Rec709",' +
  '"video_color_range_full":false}}';
/** What both generations of the document ask for. */
const BOTH = `${FLAT.slice(0, -1)},${NESTED.slice(NESTED.indexOf('"settings"'))}`;

/** A Wolf as host 0 that enters the shared PIN by itself. */
async function platformServer(context: TestContext, options: TestServerOptions = {}) {
  const environment = { MOONSHARE_HOSTS: 'wolf', MOONLIGHT_INTERNAL_PAIRING_PIN: '1234' };
  const server = await startTestServer(context, environment, options);
  const wolf = server.hosts.add('wolf');
  wolf.pin = '1234';
  return { ...server, wolf };
}

function head(method: string, path: string): string[] {
  return [
    `${method} ${path} HTTP/1.1`,
    'Host: moonshare:8080',
    'User-Agent: Go-http-client/1.1',
    `Authorization: Bearer ${CREDENTIALS}`,
    'Accept-Encoding: gzip',
    'Connection: close',
  ];
}

function post(server: TestServer, body: string): Promise<RawAnswer> {
  const lines = [...head('POST', '/api/streamers'), 'Content-Type: application/json', `Content-Length: ${body.length}`];
  return rawRequest(server.url, lines, body);
}

async function list(server: TestServer) {
  const { status, chunks } = await rawRequest(server.url, head('GET', '/api/streamers'));
  assert.equal(status, 200);
  return JSON.parse(chunks.join('')).streamers;
}

for (const [name, body] of Object.entries({ FLAT, NESTED, BOTH })) {
  test(`its POST, ${name.toLowerCase()}, gets a 200 and a running session with these settings`, async (context) => {
    const server = await platformServer(context);
    const { status, headers, chunks } = await post(server, body);
    assert.equal(status, 200, chunks.join(''));
    assert.equal(headers.has('content-encoding'), false);
    const info = JSON.parse(chunks.join(''));
    const { streamer_id, moonlight_connected, connected_peers, width, height, fps, peers } = info;
    assert.deepEqual(
      { streamer_id, status: info.status, moonlight_connected, connected_peers, width, height, fps, peers },
      {
        streamer_id: ID,
        status: 'active',
        moonlight_connected: true,
        connected_peers: 0,
        width: 1920,
        height: 1080,
        fps: 60,
        peers: [],
      },
    );
    assert.match(info.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    assert.deepEqual(server.sentToWorkers('init')[0]?.settings, {
      bitrate: 20_000,
      packet_size: 1024,
      fps: 60,
      width: 1920,
      height: 1080,
      video_sample_queue_size: 10,
      play_audio_local: false,
      audio_sample_queue_size: 10,
      video_supported_formats: 1,
      video_colorspace: 'Rec709',
      video_color_range_full: false,
      // It asks for none of these.
      surround: 2,
      wheel_steps: 'auto',
      host_encryption: 'auto',
    });
    const again = await post(server, body);
    assert.equal(again.status, 409);
    assert.equal(JSON.parse(again.chunks.join('')).error, 'Streamer already exists');
  });
}

/** How other HTTP clients write the same two requests. */
const WRITERS: Record<string, { head: string[]; version?: string; chunked?: boolean }> = {
  'node fetch': {
    head: [
      'host: moonshare:8080',
      'connection: close',
      `authorization: Bearer ${CREDENTIALS}`,
      'content-type: application/json',
      'accept: */*',
      'accept-language: *',
      'sec-fetch-mode: cors',
      'user-agent: node',
      'accept-encoding: gzip, deflate',
    ],
  },
  'one that names the charset, through a proxy of its own pages': {
    head: [
      'HOST: moonshare:8080',
      `AUTHORIZATION: bearer ${CREDENTIALS}`,
      'CONTENT-TYPE: application/json; charset=UTF-8',
      'Origin: https://platform.example',
      'Cookie: platform_session=1',
      'Sec-Fetch-Site: cross-site',
      'Connection: close',
    ],
  },
  'one without a content type, in chunks': {
    head: ['Host: moonshare:8080', `Authorization: Bearer ${CREDENTIALS}`, 'Connection: close'],
    chunked: true,
  },
  'curl, which sends text as a form': {
    head: [
      'Host: moonshare:8080',
      `Authorization: Bearer ${CREDENTIALS}`,
      'User-Agent: curl/8.5.0',
      'Accept: */*',
      'Content-Type: application/x-www-form-urlencoded',
      'Expect: 100-continue',
      'Connection: close',
    ],
  },
  'one that speaks HTTP/1.0': { head: [`Authorization: Bearer ${CREDENTIALS}`], version: '1.0' },
};

for (const [name, { head: fields, version = '1.1', chunked = false }] of Object.entries(WRITERS)) {
  test(`the same requests as written by ${name}`, async (context) => {
    const server = await platformServer(context);
    const ask = (method: string, path: string, body: string) =>
      rawRequest(
        server.url,
        [
          `${method} ${path} HTTP/${version}`,
          ...fields,
          chunked && body !== '' ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`,
        ],
        chunked && body !== '' ? `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n` : body,
      );
    const posted = await ask('POST', '/api/streamers', FLAT);
    assert.equal(posted.status, 200, posted.chunks.join(''));
    const info = JSON.parse(posted.chunks.join(''));
    assert.deepEqual([info.streamer_id, info.status], [ID, 'active']);
    const listed = await ask('GET', '/api/streamers', '');
    assert.deepEqual(JSON.parse(listed.chunks.join('')), { streamers: [info] });
    const deleted = await ask('DELETE', `/api/streamers/${ID}`, '');
    assert.deepEqual([deleted.status, deleted.chunks.join('')], [204, '']);
    const again = await ask('DELETE', `/api/streamers/${ID}`, '');
    assert.deepEqual([again.status, JSON.parse(again.chunks.join('')).error], [404, 'Streamer not found']);
  });
}

test('its POST fails with 409 only if the streamer exists, which is what it takes 409 to mean', async (context) => {
  const server = await platformServer(context);
  for (const [app, status] of [
    [2, 503],
    [3, 502],
    [77, 404],
  ]) {
    const answer = await post(server, FLAT.replace('"app_id":1', `"app_id":${app}`));
    assert.deepEqual([answer.status, typeof JSON.parse(answer.chunks.join('')).error], [status, 'string']);
  }
  assert.equal((await post(server, FLAT)).status, 200);
  assert.equal((await post(server, FLAT)).status, 409);
});

test('an app that the host lists only some seconds later is waited for', async (context) => {
  const server = await platformServer(context, { appWaitMs: 15_000 });
  const answer = post(server, FLAT.replace('"app_id":1', '"app_id":77'));
  const asked = () => server.wolf.requests.filter((request) => request === 'applist').length;
  await until(() => asked() === 2);
  server.wolf.apps.push({ id: 77, title: 'Agent', hdr: false });
  assert.equal((await answer).status, 200);
  assert.equal(asked(), 3);
});

test('polling the app list finds a new app, which its POST then starts', async (context) => {
  const server = await platformServer(context);
  const listed = async () => {
    const { chunks } = await rawRequest(server.url, head('GET', '/api/apps?host_id=0'));
    return (JSON.parse(chunks.join('')).apps ?? []).some(({ app_id }: { app_id: number }) => app_id === 77);
  };
  // Nobody has paired yet: the host does so by itself, once.
  assert.deepEqual(await Promise.all([listed(), listed()]), [false, false]);
  server.wolf.apps.push({ id: 77, title: 'Agent', hdr: false });
  await until(listed);
  assert.equal((await post(server, FLAT.replace('"app_id":1', '"app_id":77'))).status, 200);
  assert.equal(server.wolf.clients.length, 1);
});

test('its browsers come through its proxy, which adds the credentials to the upgrade, and its admin page sees them', async (context) => {
  const server = await platformServer(context);
  await post(server, FLAT);
  const proxy = await startDumbProxy(context, server.url, CREDENTIALS);
  const browser = new TestPeer(`${proxy.replace('http', 'ws')}/api/streamers/${ID}/peer`, {
    origin: 'https://platform.example',
    cookie: 'platform_session=1',
  });
  await browser.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
  const offer = { Signaling: { Description: { ty: 'offer', sdp: 'v=0' } } };
  browser.send(offer);
  await browser.message((message) => JSON.stringify(message) === JSON.stringify(offer));
  const [watched] = await list(server);
  assert.deepEqual([watched.streamer_id, watched.connected_peers, watched.peers.length], [ID, 1, 1]);
  browser.socket.close();
  await until(async () => (await list(server))[0].connected_peers === 0);
  // It never deletes: the session continues with nobody watching.
  assert.equal((await list(server))[0].status, 'active');
  assert.deepEqual(server.sentToWorkers('stop'), []);
});

test('a media socket that its proxy refuses, or its server, changes nothing for the viewer', async (context) => {
  const server = await platformServer(context);
  await post(server, FLAT);
  const proxy = (await startDumbProxy(context, server.url, CREDENTIALS)).replace('http', 'ws');
  const browser = new TestPeer(`${proxy}/api/streamers/${ID}/peer?events=1`, {});
  await browser.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
  browser.send({ GetMediaTicket: {} });
  const { MediaTicket } = await browser.message<{ MediaTicket: { ticket: string } }>((message) =>
    JSON.stringify(message).includes('MediaTicket'),
  );
  const refused = new TestPeer(`${proxy}/api/streamers/${ID}/media?ticket=${MediaTicket.ticket}x`, {});
  assert.equal((await refused.refused).status, 401);
  const offer = { Signaling: { Description: { ty: 'offer', sdp: 'v=0' } } };
  browser.send(offer);
  await browser.message((message) => JSON.stringify(message) === JSON.stringify(offer));
  assert.equal((await list(server))[0].connected_peers, 1);
  browser.socket.close();
});

test('a browser that asks for an unknown streamer gets a 404 before the upgrade', async (context) => {
  const server = await platformServer(context);
  const proxy = await startDumbProxy(context, server.url, CREDENTIALS);
  const peer = new TestPeer(`${proxy.replace('http', 'ws')}/api/streamers/agent-gone/peer`, {});
  assert.equal((await peer.refused).status, 404);
});

test('errors have the texts that it knows', async (context) => {
  const server = await startTestServer(context, { MOONSHARE_HOSTS: 'wolf' });
  server.hosts.add('wolf');
  const unpaired = await post(server, FLAT);
  assert.deepEqual([unpaired.status, JSON.parse(unpaired.chunks[0]!).error], [400, 'Host not paired']);
  const unknown = await post(server, FLAT.replace('"host_id":0', '"host_id":9'));
  assert.deepEqual([unknown.status, JSON.parse(unknown.chunks[0]!).error], [404, 'Host not found']);
});
