import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairedServer } from '../testing/paired-server.ts';
import { streamerRequest } from '../testing/test-server.ts';

test('the request decides what a streamer encrypts, otherwise the setting', async (context) => {
  const server = await pairedServer(context, 2, { MOONSHARE_HOST_ENCRYPTION: 'always' });
  await server.call('POST', '/api/streamers', streamerRequest('by-setting'));
  await server.call('POST', '/api/streamers', streamerRequest('by-request', { host_encryption: 'never' }));
  const told = server.sentToWorkers('init') as { settings?: { host_encryption?: string } }[];
  assert.deepEqual(
    told.map(({ settings }) => settings?.host_encryption),
    ['always', 'never'],
  );
});
