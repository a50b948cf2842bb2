import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairedServer } from '../../testing/paired-server.ts';
import { CREDENTIALS, startTestServer } from '../../testing/test-server.ts';

/** Requests it like a front end that makes a blob of the answer. */
async function image(url: string, query = 'host_id=0&app_id=1') {
  const response = await fetch(`${url}/api/app/image?${query}`, {
    headers: { authorization: `Bearer ${CREDENTIALS}` },
  });
  const { status, headers } = response;
  const data = Buffer.from(await response.arrayBuffer());
  return { status, type: headers.get('content-type'), kept: headers.get('cache-control'), data };
}

/** Width and height of a PNG. */
function pngSize(data: Buffer): [number, number] {
  assert.equal(data.subarray(0, 8).toString('hex'), '89504e470d0a1a0a');
  return [data.readUInt32BE(16), data.readUInt32BE(20)];
}

test('an app without a picture gets a neutral one, which browsers cache for a while', async (context) => {
  const server = await pairedServer(context);
  server.box.picture = 'APP_NOT_FOUND';
  const { status, type, kept, data } = await image(server.url);
  assert.deepEqual([status, type, kept], [200, 'image/png', 'private, max-age=300']);
  assert.deepEqual(pngSize(data), [300, 400]);
  assert.ok(data.length < 10_000);
});

test('if the host cannot provide the picture now, the neutral one is sent and the host is asked again', async (context) => {
  const server = await pairedServer(context);
  const neutral = async (what: string) => {
    const { status, type, kept, data } = await image(server.url);
    assert.deepEqual([status, type, kept], [200, 'image/png', 'no-store'], what);
    assert.deepEqual(pngSize(data), [300, 400]);
  };
  for (const code of ['HOST_BAD_REPLY', 'HOST_REFUSED', 'HOST_UNREACHABLE', 'HOST_TIMEOUT'] as const) {
    server.box.picture = code;
    await neutral(code);
  }
  server.box.picture = Buffer.from('picture');
  server.box.online = false;
  await neutral('offline');
  server.box.online = true;
  assert.equal((await image(server.url)).data.toString(), 'picture');
});

test('an error that the caller has to fix is not hidden by a picture', async (context) => {
  const server = await startTestServer(context);
  server.hosts.add('box');
  await server.call('PUT', '/api/host', { address: 'box' });
  assert.equal((await image(server.url)).status, 400);
  assert.equal((await image(server.url, 'host_id=7&app_id=1')).status, 404);
  assert.equal((await image(server.url, 'host_id=0')).status, 400);
});
