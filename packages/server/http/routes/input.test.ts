import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairedServer } from '../../testing/paired-server.ts';
import { streamerRequest } from '../../testing/test-server.ts';

const A = 65;
const key = (virtualKey: number, down: boolean) => ({ kind: 'key', virtualKey, down });

test('nonsensical input is refused as a whole, and the error says where it is', async (context) => {
  const server = await pairedServer(context);
  await server.call('POST', '/api/streamers', streamerRequest('a'));
  for (const [body, about] of [
    [undefined, /expected object/],
    [{ events: [] }, /release/],
    [{ events: [key(A, true), { kind: 'dance' }] }, /events\.1/],
    [{ events: [{ ...key(A, true), strength: 3 }] }, /strength/],
    [{ events: [{ kind: 'mouseButton', button: 9, down: true }] }, /events\.0\.button/],
    [{ events: Array.from({ length: 501 }, () => key(A, true)) }, /events/],
    [{ events: Array.from({ length: 5 }, () => ({ kind: 'text', text: 'x'.repeat(1000) })) }, /4096 characters/],
  ] as const) {
    const { status, body: answer } = await server.call('POST', '/api/streamers/a/input', body);
    assert.deepEqual([status, answer.code], [400, 'BAD_REQUEST']);
    assert.match(answer.error, about);
  }
  assert.deepEqual(server.sentToWorkers('input'), []);
});

test('input for a streamer that does not exist, or has no host session, gets a coded error', async (context) => {
  const server = await pairedServer(context);
  const body = { events: [key(A, true)] };
  const none = await server.call('POST', '/api/streamers/nobody/input', body);
  assert.deepEqual([none.status, none.body.code], [404, 'STREAMER_NOT_FOUND']);
  const starting = streamerRequest('hangs', { app_id: 4 });
  await server.call('POST', '/api/streamers?wait=false', starting);
  const early = await server.call('POST', '/api/streamers/hangs/input', body);
  assert.deepEqual([early.status, early.body.code], [409, 'STREAMER_NOT_ACTIVE']);
});

test('only callers with the credentials can send input', async (context) => {
  const server = await pairedServer(context);
  const answer = await server.call(
    'POST',
    '/api/streamers/a/input',
    { events: [key(A, true)] },
    { authorization: 'Bearer x' },
  );
  assert.equal(answer.status, 401);
});
