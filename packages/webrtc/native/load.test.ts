import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { loadNative } from './load.ts';

const BUILD = join(import.meta.dirname, 'build.ts');
const native = loadNative();

test('the addon uses the OpenSSL of this Node, in several threads too', {
  skip: 'reason' in native && native.reason,
}, async () => {
  assert.ok('addon' in native);
  assert.equal(native.addon.openssl, process.versions.openssl.replace(/\+.*/, ''));
  const source = `import(${JSON.stringify(join(import.meta.dirname, 'load.ts'))}).then(({ loadNative }) =>
    require('node:worker_threads').parentPort.postMessage(loadNative().addon.openssl))`;
  const workers = [1, 2].map(() => new Worker(source, { eval: true }));
  const answers = await Promise.all(workers.map((worker) => once(worker, 'message')));
  for (const answer of answers) assert.deepEqual(answer, [native.addon.openssl]);
  await Promise.all(workers.map((worker) => worker.terminate()));
});

test('without a C compiler the build says so in one line, and succeeds', {
  skip: process.platform !== 'linux' && 'the addon is for Linux',
}, () => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [BUILD], {
    env: { ...process.env, CC: 'no-such-compiler' },
    encoding: 'utf8',
  });
  assert.equal(status, 0);
  assert.equal(stdout, '');
  assert.match(stderr, /^The WebRTC addon was not built: there is no C compiler \(no-such-compiler; .*\n$/);
});

test('where addons are forbidden, the reason is told, and what to do', () => {
  const script = `import(${JSON.stringify(join(import.meta.dirname, 'load.ts'))}).then(({ loadNative }) => console.log(JSON.stringify(loadNative())))`;
  const { stdout } = spawnSync(process.execPath, ['--no-addons', '-e', script], { encoding: 'utf8' });
  const { reason, fix } = JSON.parse(stdout);
  assert.match(reason, /^it (does not load: .*[^.]|is neither built nor installed as a package|is for Linux)$/);
  if (process.platform === 'linux') assert.match(fix, /npm run build/);
  else assert.equal(fix, null);
});
