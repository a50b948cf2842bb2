import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Bom, completed, faults, withoutDevelopment, workspacesOf } from './bom.ts';

const LOCK = {
  packages: {
    '': { name: 'moonshare', workspaces: ['packages/*', 'e2e'], devDependencies: { linter: '1' } },
    e2e: { name: '@moonshare/e2e', version: '0.1.0', devDependencies: { '@a/shared': '1' } },
    'packages/server': { name: '@moonshare/server', version: '0.1.0', dependencies: { '@a/shared': '1' } },
    'packages/virtual-host': { name: '@moonshare/virtual-host', version: '0.1.0' },
    'node_modules/@moonshare/e2e': { resolved: 'e2e', link: true },
    'node_modules/@moonshare/server': { resolved: 'packages/server', link: true },
    'node_modules/@a/shared': { version: '1.0.0', license: 'MIT' },
    'node_modules/@node-datachannel/linux-x64-gnu': { version: '2.0.0', license: 'MPL 2.0', optional: true },
    'node_modules/linter': { version: '1.0.0', license: 'MIT', dev: true },
  },
};

const component = (name: string, version: string) => ({
  'bom-ref': `${name}@${version}`,
  type: 'library',
  name: name.replace(/^.*\//, ''),
  version,
  purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
  licenses: [{ license: { id: 'MIT' } }],
});

/** As npm generates it from that lock file. */
const MADE: Bom = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  serialNumber: 'urn:uuid:6dddf57d-a8dc-45b4-8909-6d854d4590e0',
  version: 1,
  metadata: { timestamp: '2026-01-02T03:04:05Z', component: component('moonshare', '0.1.0') },
  components: [
    component('@moonshare/server', '0.1.0'),
    component('@a/shared', '1.0.0'),
    { ...component('@node-datachannel/linux-x64-gnu', '2.0.0'), licenses: [] },
  ],
  dependencies: [{ ref: '@moonshare/server@0.1.0', dependsOn: ['@a/shared@1.0.0'] }],
};

test('a dependency that a shipped workspace shares with tests stays, development dependencies go', () => {
  const { packages } = withoutDevelopment(LOCK);
  assert.deepEqual(Object.keys(packages), [
    '',
    'packages/server',
    'node_modules/@moonshare/server',
    'node_modules/@a/shared',
    'node_modules/@node-datachannel/linux-x64-gnu',
  ]);
  assert.deepEqual(packages[''], { name: 'moonshare', workspaces: ['packages/server'] });
  assert.deepEqual(workspacesOf(LOCK), ['packages/server']);
});

test('a completed document of exactly what ships has no faults, and names what is compiled into packages', () => {
  const bom = completed(MADE, LOCK);
  assert.deepEqual(faults(bom, LOCK), []);
  const native = bom.components[2]!;
  assert.deepEqual(native.licenses, [{ license: { id: 'MPL-2.0' } }]);
  const openssl = native.components?.find(({ name }) => name === 'openssl');
  assert.deepEqual([openssl?.version, openssl?.licenses], ['1.1.1w', [{ license: { id: 'OpenSSL' } }]]);
});

test('every kind of fault is found', () => {
  const good = completed(MADE, LOCK);
  const [server, shared, native] = good.components;
  const bad: [change: Partial<Bom>, fault: RegExp][] = [
    [{ components: [server!, native!] }, /@a\/shared@1\.0\.0 ships but is not listed/],
    [{ components: [shared!, native!], dependencies: [] }, /@moonshare\/server@0\.1\.0 ships but is not listed/],
    [{ components: [...good.components, component('linter', '1.0.0')] }, /linter@1\.0\.0 is listed but does not ship/],
    [{ components: [...good.components, shared!] }, /@a\/shared@1\.0\.0 is listed twice/],
    [{ components: [server!, { ...shared!, licenses: [] }, native!] }, /@a\/shared@1\.0\.0 has no licence/],
    [{ dependencies: [{ ref: 'gone@1.0.0', dependsOn: [] }] }, /gone@1\.0\.0 is a dependency but is not listed/],
    [{ dependencies: [{ ref: '@a/shared@1.0.0', dependsOn: ['gone@1.0.0'] }] }, /gone@1\.0\.0 is a dependency/],
    [{ serialNumber: 'urn:uuid:1' }, /serial number/],
    [{ specVersion: '1.4' }, /CycloneDX 1\.5/],
  ];
  for (const [change, fault] of bad) assert.match(faults({ ...good, ...change }, LOCK).join('\n'), fault);
});
