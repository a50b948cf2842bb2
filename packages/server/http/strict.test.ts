import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer, streamerRequest } from '../testing/test-server.ts';

const STRAY = 'stray_field';

test('newer endpoints refuse an unknown field and name it', async (context) => {
  const server = await startTestServer(context, { MOONLIGHT_INTERNAL_PAIRING_PIN: '1234' });
  server.hosts.add('box').pin = '1234';
  await server.call('PUT', '/api/host', { address: 'box' });
  await server.call('POST', '/api/streamers', streamerRequest('a'));
  const { streamer_id: _id, client_unique_id: _client, ...wanted } = streamerRequest('b');
  const requests: [string, string, Record<string, unknown>][] = [
    ['PUT', '/api/streamers/b', wanted],
    ['POST', '/api/streamers/a/token', { role: 'watch' }],
    ['POST', '/api/streamers/a/links', { role: 'watch' }],
    ['POST', '/api/streamers/a/input', { events: [] }],
    ['POST', '/api/users', { name: 'anna', password: 'correct horse', role: 'user' }],
    ['PATCH', '/api/users/admin', { password: 'correct horse' }],
    ['POST', '/api/tokens', { name: 'ci', scopes: ['streamers:read'] }],
    ['POST', '/api/login', { user: 'anna', password: 'correct horse' }],
    ['PUT', '/api/me/password', { old_password: 'correct horse', password: 'correct pony' }],
  ];
  for (const [method, path, body] of requests) {
    const { status, body: answer } = await server.call(method, path, { ...body, [STRAY]: 1 });
    assert.equal(status, 400, `${method} ${path}`);
    assert.match(answer.error, new RegExp(STRAY), `${method} ${path}`);
  }
});

test('the endpoints of older callers ignore it', async (context) => {
  const server = await startTestServer(context, { MOONLIGHT_INTERNAL_PAIRING_PIN: '1234' });
  server.hosts.add('box').pin = '1234';
  const stray = { [STRAY]: 1 };
  assert.equal((await server.call('PUT', '/api/host', { address: 'box', ...stray })).status, 200);
  assert.equal((await server.call('POST', '/api/streamers', streamerRequest('a', stray))).status, 200);
  assert.equal((await server.call('POST', '/api/host/cancel', { host_id: 0, ...stray })).status, 200);
  assert.equal((await server.call('POST', '/api/host/wake', { host_id: 9, ...stray })).body.code, 'HOST_NOT_FOUND');
});
