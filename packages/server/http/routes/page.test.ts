import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Fastify, { type InjectOptions } from 'fastify';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { pageRoutes } from './page.ts';

/** The pages under `/play`, from a directory of the test's own. */
async function pages(context: TestContext, files: Record<string, string>) {
  const directory = temporaryDirectory(context, 'moonshare-pages-');
  mkdirSync(join(directory, 'assets'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const app = Fastify();
  context.after(() => app.close());
  const options = {
    directory,
    staticDirectory: undefined,
    pathPrefix: '/play',
    allowedOrigins: ['https://app.example/x'],
  };
  await app.register((scope) => pageRoutes(scope, options), { prefix: '/play' });
  return (path: string, headers: InjectOptions['headers'] = {}) => app.inject({ url: path, headers });
}

test('the home page, every stream and the admin page are one file, whose base is the path prefix', async (context) => {
  const get = await pages(context, { 'index.html': '<head><title>x</title></head>' });
  for (const path of ['/play/', '/play/index.html', '/play/s/a:1', '/play/vouch', '/play/admin']) {
    const { statusCode, headers, body } = await get(path);
    assert.equal(statusCode, 200, path);
    assert.equal(body, '<head><base href="/play/"><title>x</title></head>');
    assert.equal(headers['content-type'], 'text/html; charset=utf-8');
    assert.equal(headers['cache-control'], 'no-cache');
  }
  assert.equal((await get('/admin')).statusCode, 404);
});

test('only the page for embedding may be in a frame of another origin, and only of those allowed', async (context) => {
  const get = await pages(context, { 'index.html': '<head>' });
  const ancestors = async (path: string) =>
    /frame-ancestors [^;]*/.exec(String((await get(path)).headers['content-security-policy']))?.[0];
  assert.equal(await ancestors('/play/embed/a'), "frame-ancestors 'self' https://app.example");
  assert.equal(await ancestors('/play/s/a'), undefined, 'as everywhere else');
});

test('files with a hash in their name may be cached, others may not', async (context) => {
  const get = await pages(context, { 'index.html': '<head>', 'assets/a-1.js': '1', 'icon.svg': '<svg/>' });
  assert.match(String((await get('/play/assets/a-1.js')).headers['cache-control']), /immutable/);
  assert.equal((await get('/play/icon.svg')).headers['cache-control'], 'no-cache');
  assert.doesNotMatch(
    String((await get('/play/assets/a-2.js')).headers['cache-control']),
    /immutable/,
    'not there yet',
  );
});

test('browsers get the smallest copy that they take, and nothing again that they have', async (context) => {
  const get = await pages(context, {
    'index.html': '<head>',
    'assets/a-1.js': 'as it is',
    'assets/a-1.js.br': 'brotli',
    'assets/a-1.js.gz': 'gzip',
    'assets/b-1.js': 'small',
  });
  const tags = new Set();
  for (const [accepted, encoding, text] of [
    ['gzip, deflate, br', 'br', 'brotli'],
    ['gzip, deflate', 'gzip', 'gzip'],
    ['br;q=0, gzip', 'gzip', 'gzip'],
    ['identity', undefined, 'as it is'],
  ] as const) {
    const { headers, body } = await get('/play/assets/a-1.js', { 'accept-encoding': accepted });
    assert.deepEqual([body, headers['content-encoding']], [text, encoding], accepted);
    assert.equal(headers['content-type'], 'application/javascript; charset=utf-8');
    assert.match(String(headers['cache-control']), /immutable/);
    assert.match(String(headers.vary), /accept-encoding/i);
    const again = { 'accept-encoding': accepted, 'if-none-match': String(headers.etag) };
    assert.equal((await get('/play/assets/a-1.js', again)).statusCode, 304);
    tags.add(headers.etag);
  }
  assert.equal(tags.size, 3);
  const { headers, body } = await get('/play/assets/b-1.js', { 'accept-encoding': 'br, gzip' });
  assert.deepEqual([body, headers['content-encoding']], ['small', undefined]);
});
