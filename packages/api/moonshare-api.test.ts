import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { EventOptions } from './event-feed.ts';
import { ApiError, type ApiOptions, type Fetch, MoonshareApi } from './index.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that answers one request after the other, the last answer for all that follow, with the API under a path prefix. */
async function serverThatSays(context: TestContext, answers: Answer[], options: Partial<ApiOptions> = {}) {
  const requests: { line: string; body: string; headers: IncomingMessage['headers'] }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      requests.push({ line: `${request.method} ${request.url}`, body, headers: request.headers });
      answers[Math.min(requests.length, answers.length) - 1]!(request, response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/play/`;
  return { api: new MoonshareApi({ url, retries: 0, ...options }), requests, server };
}

const says =
  (status: number, body = '', headers: Record<string, string> = {}): Answer =>
  (_request, response) =>
    response.writeHead(status, headers).end(body);
const breaksOff: Answer = (request) => request.socket.destroy();
const errorBody = (code: string, details?: object) => JSON.stringify({ error: 'It did', code, hint: 'Do', details });

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(
    () => assert.fail('it succeeded'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ApiError, String(error));
  return error;
}

test('every call goes below the path prefix, with IDs that cannot escape their place in the path', async (context) => {
  const { api, requests } = await serverThatSays(context, [says(204)]);
  await api.endStreamer('a:1');
  await api.removeViewer('a', '../../x');
  await api.revokeLink('a', 3);
  await api.removeHost(7);
  await api.logOut();
  for (const id of ['', '.', '..']) assert.equal((await failure(api.endStreamer(id))).code, 'BAD_REQUEST');
  assert.deepEqual(
    requests.map(({ line }) => line),
    [
      'DELETE /play/api/streamers/a%3A1',
      'DELETE /play/api/streamers/a/peers/..%2F..%2Fx',
      'DELETE /play/api/streamers/a/links/3',
      'DELETE /play/api/host?host_id=7',
      'POST /play/api/logout',
    ],
  );
});

test('the body is JSON, and the token may be made for each request', async (context) => {
  const tokens = ['one', 'two'];
  const { api, requests } = await serverThatSays(context, [says(200, '{"accepted":0,"refused":0}')], {
    token: async () => tokens.shift(),
  });
  const answer = await api.sendInput('a', { events: [], release: true });
  assert.deepEqual(answer, { accepted: 0, refused: 0 });
  await api.me();
  await api.me();
  const [sent] = requests;
  assert.deepEqual([sent!.body, sent!.headers['content-type']], ['{"events":[],"release":true}', 'application/json']);
  assert.deepEqual(
    requests.map(({ headers }) => headers.authorization),
    ['Bearer one', 'Bearer two', undefined],
  );
});

test('a refusal has its code, message, hint, status, details, and how long to wait', async (context) => {
  const body = errorBody('CONTROL_TAKEN', { holder: { name: 'anna' } });
  const { api } = await serverThatSays(context, [says(409, body, { 'retry-after': '8' })]);
  const { code, message, hint, status, details, retryAfterMs } = await failure(api.endStreamer('a'));
  assert.deepEqual(
    { code, message, hint, status, details, retryAfterMs },
    {
      code: 'CONTROL_TAKEN',
      message: 'It did',
      hint: 'Do',
      status: 409,
      details: { holder: { name: 'anna' } },
      retryAfterMs: 8_000,
    },
  );
});

test('a proxy that finds no server is not reported as a nonsense answer', async (context) => {
  for (const [answer, code] of [
    [says(502, '<h1>Bad Gateway</h1>'), 'SERVER_UNREACHABLE'],
    [says(404, '<h1>Not here</h1>'), 'SERVER_BAD_REPLY'],
    [says(200, '<h1>Welcome</h1>'), 'SERVER_BAD_REPLY'],
    [says(403, '{"error":1}'), 'SERVER_BAD_REPLY'],
  ] as const) {
    const { api } = await serverThatSays(context, [answer]);
    assert.equal((await failure(api.listStreamers())).code, code);
  }
});

test('a lost answer is asked for again where that does no harm', async (context) => {
  const { api, requests } = await serverThatSays(context, [breaksOff, says(200, '{"streamers":[]}')], { retries: 2 });
  assert.deepEqual(await api.listStreamers(), { streamers: [] });
  assert.equal(requests.length, 2);
  const posting = await serverThatSays(context, [breaksOff, says(200, '{}')], { retries: 2 });
  const error = await failure(posting.api.act('a', { actions: [] }));
  assert.deepEqual([error.code, error.status, posting.requests.length], ['SERVER_UNREACHABLE', null, 1]);
});

test('what was removed by a request whose answer was lost counts as removed by it', async (context) => {
  const gone = says(404, errorBody('STREAMER_NOT_FOUND'));
  const { api } = await serverThatSays(context, [breaksOff, gone], { retries: 1 });
  await api.endStreamer('a');
  assert.equal((await failure(api.endStreamer('a'))).code, 'STREAMER_NOT_FOUND');
});

test('a call ends with its signal, for its reason, and when it takes too long', async (context) => {
  const { api, requests } = await serverThatSays(context, [() => {}], { retries: 2 });
  const stop = new AbortController();
  const call = api.me({ signal: stop.signal });
  while (requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const reason = new Error('enough');
  stop.abort(reason);
  await assert.rejects(call, reason);
  await assert.rejects(api.me({ signal: stop.signal }), reason);
  let asked = 0;
  const fetch: Fetch = (_url, { signal }) => {
    asked += 1;
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  };
  const silent = new MoonshareApi({ url: 'http://moonshare.example', fetch });
  const late = await failure(silent.me({ timeoutMs: 20 }));
  assert.equal(late.message, 'No Moonshare server answers at http://moonshare.example (no answer in time)');
  assert.equal(asked, 1, 'what took too long is not begun again');
});

test('a picture comes with what its headers say', async (context) => {
  const headers = {
    'content-type': 'image/png',
    'x-moonshare-frame': '7',
    'x-moonshare-time': '2026-01-02T03:04:05.678Z',
    'x-moonshare-width': '100',
    'x-moonshare-height': '50',
    'x-moonshare-scale': '0.5',
    'x-moonshare-region': '0,0,200,100',
    'x-moonshare-hash': 'abc',
  };
  const { api, requests } = await serverThatSays(context, [says(200, 'png', headers), says(200, 'png')]);
  const region = { x: 1, y: 2, width: 3, height: 4 };
  assert.deepEqual(await api.screenshot('a', { format: 'png', region }), {
    data: new TextEncoder().encode('png'),
    type: 'image/png',
    frame: 7,
    at: '2026-01-02T03:04:05.678Z',
    width: 100,
    height: 50,
    scale: 0.5,
    region: { x: 0, y: 0, width: 200, height: 100 },
    hash: 'abc',
  });
  assert.equal(requests[0]!.line, 'GET /play/api/streamers/a/screenshot?format=png&region=1%2C2%2C3%2C4');
  assert.equal((await failure(api.screenshot('a'))).code, 'SERVER_BAD_REPLY');
});

test('pairing tells its steps as they come', async (context) => {
  const { api } = await serverThatSays(context, [says(200, '{"Pin":"1234"}\n"PairError"\n')]);
  const steps = [];
  for await (const step of api.pair(0)) steps.push(step);
  assert.deepEqual(steps, [{ Pin: '1234' }, 'PairError']);
});

const EVENTS = { 'content-type': 'text/event-stream' };
const event = (id: string, streamer: string) =>
  `id: ${id}\nevent: streamer.ended\ndata: {"type":"streamer.ended",\ndata: "streamer_id":"${streamer}"}\n\n`;
/** Sends it in pieces that begin and end anywhere, and leaves the connection open. */
const streams =
  (text: string, leavesOpen = false): Answer =>
  (_request, response) => {
    response.writeHead(200, EVENTS);
    for (const part of text.match(/[\s\S]{1,7}/g)!) response.write(part);
    if (!leavesOpen) response.end();
  };

async function follow(api: MoonshareApi, until: number, options: EventOptions = {}) {
  const feed = api.events(options);
  const seen: string[] = [];
  for await (const one of feed) {
    seen.push(one.type === 'streamer.ended' ? one.streamer_id : one.type);
    if (seen.length === until) break;
  }
  return { seen, lastEventId: feed.lastEventId };
}

test('events go on where they broke off, and the end of the loop ends the connection', async (context) => {
  const closed = Promise.withResolvers<void>();
  const { api, requests } = await serverThatSays(context, [
    streams(`retry: 2000\n\n: heartbeat\n\n${event('r-1', 'ä')}${event('r-2', 'b')}`),
    (request, response) => {
      response.once('close', closed.resolve);
      streams(`retry: 2000\r\n\r\n${event('r-3', 'c').replaceAll('\n', '\r\n')}data: {"type":"reset"}\n\n`, true)(
        request,
        response,
      );
    },
  ]);
  const calls: string[] = [];
  const { seen, lastEventId } = await follow(api, 4, {
    lastEventId: 'r-0',
    onOpen: () => calls.push('open'),
    onLost: ({ code }) => calls.push(code),
  });
  assert.deepEqual([seen, lastEventId], [['ä', 'b', 'c', 'reset'], 'r-3']);
  assert.deepEqual(calls, ['open', 'SERVER_UNREACHABLE', 'open']);
  assert.deepEqual(
    requests.map(({ headers }) => headers['last-event-id']),
    ['r-0', 'r-2'],
  );
  await closed.promise;
});

test('events that were missed while there was nothing to resume from are reported', async (context) => {
  const { api } = await serverThatSays(context, [
    streams('retry: 2000\n\n'),
    streams(`retry: 2000\n\n${event('r-1', 'a')}`, true),
  ]);
  assert.deepEqual((await follow(api, 2)).seen, ['reset', 'a']);
});

test('events end quietly with their signal, and loudly when they are refused', async (context) => {
  const { api } = await serverThatSays(context, [
    streams('retry: 2000\n\n', true),
    says(401, errorBody('UNAUTHORIZED')),
  ]);
  const stop = new AbortController();
  const following = follow(api, 1, { signal: stop.signal, onOpen: () => stop.abort() });
  assert.deepEqual((await following).seen, []);
  assert.equal((await failure(follow(api, 1))).code, 'UNAUTHORIZED');
});
