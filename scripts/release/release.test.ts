import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkVersion, releasedChangelog, releasedLock, releasedManifest } from './release.ts';

const OURS = new Set(['moonshare', '@moonshare/contract', '@moonshare/server']);

test('only a later version can be released', () => {
  for (const next of ['0.1.1', '0.2.0', '1.0.0', '0.10.0']) checkVersion('0.1.0', next);
  for (const next of ['0.1.0', '0.0.9']) assert.throws(() => checkVersion('0.1.0', next), /not above/);
  assert.throws(() => checkVersion('0.10.0', '0.9.0'), /not above/);
  for (const next of ['1.0', 'v1.0.0', '1.0.0-beta', ''])
    assert.throws(() => checkVersion('0.1.0', next), /not a version/);
});

test('unreleased changes move under the version and date, and the unreleased section is empty', () => {
  const before = '# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.1.0\n\n- Old.\n';
  assert.equal(
    releasedChangelog(before, '0.2.0', '2026-01-31'),
    '# Changelog\n\n## Unreleased\n\n## 0.2.0 - 2026-01-31\n\n- New.\n\n## 0.1.0\n\n- Old.\n',
  );
});

test('a release without changes is refused', () => {
  for (const text of ['# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- Old.\n', '# Changelog\n\n## Unreleased\n']) {
    assert.throws(() => releasedChangelog(text, '0.2.0', '2026-01-31'), /nothing is unreleased/);
  }
  assert.throws(() => releasedChangelog('# Changelog\n', '0.2.0', '2026-01-31'), /no "## Unreleased"/);
});

test('versions of our own packages change, others stay', () => {
  const manifest = {
    name: '@moonshare/server',
    version: '0.1.0',
    dependencies: { '@moonshare/contract': '0.1.0', zod: '0.1.0' },
    devDependencies: { ws: '^8.0.0' },
  };
  assert.deepEqual(releasedManifest(manifest, OURS, '0.2.0'), {
    name: '@moonshare/server',
    version: '0.2.0',
    dependencies: { '@moonshare/contract': '0.2.0', zod: '0.1.0' },
    devDependencies: { ws: '^8.0.0' },
  });
});

test('the lock file changes for the root and the workspaces, and keeps the order of its entries', () => {
  const lock = {
    version: '0.1.0',
    packages: {
      '': { name: 'moonshare', version: '0.1.0' },
      'node_modules/@moonshare/server': { resolved: 'packages/server', link: true },
      'node_modules/zod': { version: '0.1.0' },
      'packages/server': { version: '0.1.0', dependencies: { '@moonshare/contract': '0.1.0' } },
    },
  };
  const released = releasedLock(lock, OURS, '0.2.0');
  assert.equal(
    JSON.stringify(released),
    JSON.stringify({
      version: '0.2.0',
      packages: {
        '': { name: 'moonshare', version: '0.2.0' },
        'node_modules/@moonshare/server': { resolved: 'packages/server', link: true },
        'node_modules/zod': { version: '0.1.0' },
        'packages/server': { version: '0.2.0', dependencies: { '@moonshare/contract': '0.2.0' } },
      },
    }),
  );
});
