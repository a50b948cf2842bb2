import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { startVirtualHost, type VirtualHost } from '../host.ts';
import { findFreeBasePort } from '../ports.ts';
import { admin, hostState } from '../testing/client.ts';

let host: VirtualHost;

before(async () => {
  host = await startVirtualHost({ basePort: await findFreeBasePort(), bind: '127.0.0.1' });
});

after(() => host.close());

function code(answer: { body: unknown }): string {
  return (answer.body as { error: { code: string } }).error.code;
}

for (const { path, body, status, expected } of [
  { path: '/nothing', body: undefined, status: 404, expected: 'NOT_FOUND' },
  { path: '/state', body: {}, status: 404, expected: 'NOT_FOUND' },
  { path: '/desktop', body: undefined, status: 404, expected: 'NO_DESKTOP' },
  { path: '/pin', body: '{"pin":', status: 400, expected: 'BAD_JSON' },
  { path: '/pin', body: '', status: 400, expected: 'BAD_JSON' },
  { path: '/pin', body: 'null', status: 400, expected: 'BAD_PIN' },
  { path: '/pin', body: { pin: 1234 }, status: 400, expected: 'BAD_PIN' },
  { path: '/pin', body: { pin: '12345' }, status: 400, expected: 'BAD_PIN' },
  { path: '/pin', body: { pin: 'x'.repeat(5000) }, status: 413, expected: 'TOO_LARGE' },
  { path: '/drop', body: { percent: 101 }, status: 400, expected: 'BAD_PERCENT' },
  { path: '/drop', body: { percent: -1 }, status: 400, expected: 'BAD_PERCENT' },
  { path: '/drop', body: { percent: '5' }, status: 400, expected: 'BAD_PERCENT' },
  { path: '/drop', body: {}, status: 400, expected: 'BAD_PERCENT' },
  { path: '/unpair', body: { client: 1 }, status: 400, expected: 'BAD_CLIENT' },
  { path: '/unpair', body: { client: '00' }, status: 404, expected: 'NO_CLIENT' },
  { path: '/end-app', body: {}, status: 409, expected: 'NO_APP' },
  { path: '/input?since=x', body: undefined, status: 400, expected: 'BAD_SINCE' },
]) {
  test(`${path} with ${JSON.stringify(body)?.slice(0, 40)} is ${status} ${expected}`, async () => {
    const answer = await admin(host, path, body);
    assert.equal(answer.status, status);
    assert.equal(code(answer), expected);
  });
}

for (const headers of [{ Host: 'evil.example' }, { Origin: 'https://evil.example' }]) {
  test(`a request from a browser page is refused: ${JSON.stringify(headers)}`, async () => {
    const status = await new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: host.adminPort, path: '/drop', method: 'POST', headers };
      request(options, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end('{"percent":50}');
    });
    assert.equal(status, 403);
    assert.equal((await hostState(host)).dropPercent, 0);
  });
}

test('an idle host has an empty state and no input', async () => {
  const state = await hostState(host);
  assert.equal(state.app, null);
  assert.deepEqual([state.sessions, state.heldKeys, state.gamepads, state.pairedClients], [[], [], [], 0]);
  assert.deepEqual((await admin(host, '/input')).body, []);
});

test('the drop percentage can be set and is shown', async () => {
  assert.deepEqual(await admin(host, '/drop', { percent: 12.5 }), { status: 200, body: { percent: 12.5 } });
  assert.equal((await hostState(host)).dropPercent, 12.5);
});
