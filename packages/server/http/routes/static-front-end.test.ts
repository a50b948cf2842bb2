import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { startTestServer } from '../../testing/test-server.ts';

/** A directory with a front end in it, next to a secret. */
function frontEnd(context: TestContext): string {
  const parent = temporaryDirectory(context, 'moonshare-static-');
  writeFileSync(join(parent, 'secret.txt'), 'secret');
  const directory = join(parent, 'front-end');
  mkdirSync(join(directory, 'sub'), { recursive: true });
  writeFileSync(join(directory, 'index.html'), '<script src="app.js"></script>');
  writeFileSync(join(directory, 'app.js'), 'theirs');
  writeFileSync(join(directory, 'config.js'), 'not theirs');
  writeFileSync(join(directory, '.env'), 'secret');
  writeFileSync(join(directory, 'sub', 'index.html'), 'sub');
  return directory;
}

/** Requests the path unchanged, unlike fetch, which would normalize it. */
function raw(url: string, path: string): Promise<{ status: number; body: string }> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    }).on('error', reject);
  });
}

for (const prefix of ['', '/moon']) {
  test(`the operator's front end is served unchanged, under ${prefix || 'no prefix'}`, async (context) => {
    const directory = frontEnd(context);
    const environment = { MOONSHARE_STATIC_DIR: directory, MOONSHARE_PATH_PREFIX: prefix };
    const { url, call } = await startTestServer(context, environment);
    const page = await fetch(`${url}/`);
    assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.equal(page.headers.get('cache-control'), 'no-cache');
    assert.equal(await page.text(), '<script src="app.js"></script>');
    // Its scripts may be inline.
    assert.doesNotMatch(page.headers.get('content-security-policy') ?? '', /script-src|default-src/);
    assert.equal((await fetch(url)).url, `${url}/`);
    assert.equal(await (await fetch(`${url}/app.js`)).text(), 'theirs');
    assert.equal(await (await fetch(`${url}/sub/`)).text(), 'sub');
    assert.equal(await (await fetch(`${url}/config.js`)).text(), `export default {"path_prefix":"${prefix}"}`);
    assert.equal((await call('GET', '/api/hosts')).status, 200);
    // Our own page is not served for unknown addresses.
    for (const path of ['/nothing', '/s/a', '/api/nothing', '/.env']) {
      assert.equal((await fetch(url + path)).status, 404, path);
    }
  });
}

test('nothing outside the directory is served', async (context) => {
  const { url } = await startTestServer(context, { MOONSHARE_STATIC_DIR: frontEnd(context) });
  for (const path of [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/sub/..%2f..%2fsecret.txt',
    '/..%5csecret.txt',
    '//../secret.txt',
    '/%00',
    '/sub/%2e%2e/.env',
  ]) {
    const { status, body } = await raw(url, path);
    assert.ok(status >= 400 && status < 500, `${path}: ${status}`);
    assert.ok(!body.includes('secret'), path);
  }
});

test('links inside the directory are followed, links out of it are not', async (context) => {
  const directory = frontEnd(context);
  const parent = join(directory, '..');
  mkdirSync(join(parent, 'outside'));
  writeFileSync(join(parent, 'outside', 'index.html'), 'secret');
  // Its path begins with the directory's path.
  mkdirSync(`${directory}-other`);
  writeFileSync(join(`${directory}-other`, 'secret.txt'), 'secret');
  for (const [link, target] of [
    ['file.txt', '../secret.txt'],
    ['absolute.txt', join(parent, 'secret.txt')],
    ['folder', '../outside'],
    ['twice.txt', 'file.txt'],
    ['neighbour.txt', '../front-end-other/secret.txt'],
    ['passwd', '/etc/passwd'],
    ['loop', 'loop'],
    ['nowhere', '../nothing-there'],
    ['up', '..'],
    ['sub/only-its-index', '../sub-with-index'],
    // As in a ConfigMap mounted by Kubernetes.
    ['..data', '..2026_11_30'],
    ['mounted.txt', '..data/mounted.txt'],
    ['again', 'sub'],
  ] as const) {
    symlinkSync(target, join(directory, link));
  }
  mkdirSync(join(directory, '..2026_11_30'));
  writeFileSync(join(directory, '..2026_11_30', 'mounted.txt'), 'mounted');
  mkdirSync(join(directory, 'sub-with-index'));
  symlinkSync('../../outside/index.html', join(directory, 'sub-with-index', 'index.html'));
  const served = join(parent, 'current');
  symlinkSync('front-end', served);
  const { url } = await startTestServer(context, { MOONSHARE_STATIC_DIR: served });
  for (const path of [
    '/file.txt',
    '/absolute.txt',
    '/folder/index.html',
    '/folder/',
    '/folder',
    '/twice.txt',
    '/neighbour.txt',
    '/passwd',
    '/loop',
    '/nowhere',
    '/up/secret.txt',
    '/sub-with-index/',
    '/sub/only-its-index/',
    '/file%2Etxt',
  ]) {
    const { status, body } = await raw(url, path);
    assert.equal(status, 404, path);
    assert.ok(!body.includes('secret'), path);
  }
  assert.deepEqual(await raw(url, '/mounted.txt'), { status: 200, body: 'mounted' });
  assert.deepEqual(await raw(url, '/again/'), { status: 200, body: 'sub' });
  assert.deepEqual((await raw(url, '/')).status, 200);
});

test('a missing directory is reported at startup', async (context) => {
  await assert.rejects(startTestServer(context, { MOONSHARE_STATIC_DIR: '/nowhere/at/all' }), {
    code: 'CONFIG_INVALID',
    message: /\/nowhere\/at\/all is not a directory/,
  });
});
