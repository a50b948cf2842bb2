import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Rest } from './rest.ts';

const { signal } = new AbortController();

test('a server that is not there, and one that is none of ours', async (context) => {
  const other = createServer((_request, answer) => answer.writeHead(418).end('tea'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  context.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  const there = new Rest({ url: `http://127.0.0.1:${port}` });
  await assert.rejects(there.json('GET', '/api/streamers', { signal }), /is not a Moonshare server: it answered 418/);
  const refuse = () => Promise.reject(new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }));
  const gone = new Rest({ url: 'http://127.0.0.1:8080', fetch: refuse });
  await assert.rejects(gone.json('GET', '/api/streamers', { signal }), {
    code: 'SERVER_UNREACHABLE',
    message: 'No Moonshare server answers at http://127.0.0.1:8080 (ECONNREFUSED)',
  });
});
