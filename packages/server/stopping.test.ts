import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairedServer } from './testing/paired-server.ts';
import { streamerRequest } from './testing/test-server.ts';

test('a stopping server reports what it waits for', async (context) => {
  const server = await pairedServer(context, 7);
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) {
    await server.call('POST', '/api/streamers?wait=false', streamerRequest(id));
  }
  const told: string[] = [];
  await server.server.close({ waitsFor: (what) => told.push(what) });
  assert.equal(told[0], 'the streamers a, b, c, d, e and 2 more to end');
});

test('a stopping server with nothing to wait for reports nothing', async (context) => {
  const server = await pairedServer(context);
  const told: string[] = [];
  await server.server.close({ waitsFor: (what) => told.push(what) });
  assert.deepEqual(told, []);
});
