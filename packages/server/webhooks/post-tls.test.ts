import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { post } from './post.ts';

test('over TLS, a receiver gets nothing before its certificate has proved its name', async (context) => {
  const folder = temporaryDirectory(context, 'webhook-tls');
  const file = (name: string) => join(folder, name);
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file('key.pem')];
  execFileSync('openssl', ['req', '-x509', ...key, '-out', file('cert.pem'), '-days', '2', ...names], {
    stdio: 'ignore',
  });
  const cert = readFileSync(file('cert.pem'), 'utf8');
  const seen: unknown[] = [];
  const server = createServer({ cert, key: readFileSync(file('key.pem')) }, (request, response) => {
    seen.push(request.headers.host);
    response.end();
  });
  context.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const to = (host: string) =>
    post({ url: new URL(`https://${host}:${port}/hook`), headers: {}, body: '{}', allowsPrivate: true });

  assert.deepEqual(await to('localhost'), { status: null, error: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  const before = getCACertificates('default');
  context.after(() => setDefaultCACertificates(before));
  setDefaultCACertificates([...before, cert]);
  assert.deepEqual(await to('127.0.0.1'), { status: null, error: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  assert.deepEqual(seen, []);
  assert.deepEqual(await to('localhost'), { status: 200, error: null });
  assert.deepEqual(seen, [`localhost:${port}`]);
});
