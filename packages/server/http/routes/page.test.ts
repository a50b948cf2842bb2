import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Fastify from 'fastify';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { pageRoutes } from './page.ts';

/** The pages under `/play`, from a directory of the test's own. */
async function pages(context: TestContext, files: Record<string, string>) {
  const directory = temporaryDirectory(context, 'moonshare-pages-');
  mkdirSync(join(directory, 'assets'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const app = Fastify();
  context.after(() => app.close());
  const options = { directory, staticDirectory: undefined, pathPrefix: '/play' };
  await app.register((scope) => pageRoutes(scope, options), { prefix: '/play' });
  return (path: string) => app.inject(path);
}

test('the home page, every stream and the admin page are one file, whose base is the path prefix', async (context) => {
  const get = await pages(context, { 'index.html': '<head><title>x</title></head>' });
  for (const path of ['/play/', '/play/index.html', '/play/s/a:1', '/play/admin']) {
    const { statusCode, headers, body } = await get(path);
    assert.equal(statusCode, 200, path);
    assert.equal(body, '<head><base href="/play/"><title>x</title></head>');
    assert.equal(headers['content-type'], 'text/html; charset=utf-8');
    assert.equal(headers['cache-control'], 'no-cache');
  }
  assert.equal((await get('/admin')).statusCode, 404);
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
