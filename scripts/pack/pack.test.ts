import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { brotliCompressSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { packClient } from './client.ts';
import { packReact } from './react.ts';
import { ROOT } from './stage.ts';

const run = promisify(execFile);
const MODULES = join(ROOT, 'node_modules');
/** What a page with the element loads before it has a picture over WebRTC: bytes, minified and compressed by brotli. */
const MOST_BYTES = 25_000;

/** Uses what the packages promise: a program of their users. */
const PROGRAM = `
import { defineMoonshareViewer, DisconnectReason, disconnectReason, ViewerConnection } from '@moonshare/client';
import { Stream, useStream, useStreamStatistics } from '@moonshare/react';
import { createElement } from 'react';

defineMoonshareViewer();
const viewer = document.createElement('moonshare-viewer');
viewer.tokenProvider = async () => 'token';
viewer.addEventListener('statechange', (event) => {
  const kind: 'playing' | string = event.detail.kind;
  console.log(kind, disconnectReason(viewer.state) === DisconnectReason.Removed);
});
viewer.addEventListener('click', (event) => console.log(event.clientX));
// @ts-expect-error: not a kind of state
viewer.addEventListener('statechange', (event) => event.detail.kind === 'asleep');
new ViewerConnection({ base: 'https://moonshare.example', streamerId: 'a' }).on('share', ({ rung }) => console.log(rung));

export function App() {
  const { ref, viewer, state } = useStream();
  const statistics = useStreamStatistics(viewer);
  return createElement('div', null, createElement(Stream, { ref, src: '/', streamer: 'a' }), state.kind, statistics?.bitrate);
}
`;

const ON_A_SERVER = `
import { defineMoonshareViewer } from '@moonshare/client';
import { Stream } from '@moonshare/react';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
defineMoonshareViewer();
process.stdout.write(renderToString(createElement(Stream, { src: 'https://moonshare.example/', streamer: 'a', muted: true })));
`;

describe('the packed packages', () => {
  const directory = mkdtempSync(join(tmpdir(), 'moonshare-pack-'));
  after(() => rmSync(directory, { recursive: true, force: true }));

  before(async () => {
    // Installed as npm would, but with React from here, so that no network is needed.
    for (const [name, pack] of [['client', packClient] as const, ['react', packReact] as const]) {
      const target = join(directory, 'node_modules/@moonshare', name);
      mkdirSync(target, { recursive: true });
      await run('tar', ['-xzf', await pack(join(directory, 'packages')), '--strip-components=1', '-C', target]);
      for (const file of ['LICENSE', 'README.md', 'CHANGELOG.md', 'dist/index.js.map'])
        assert.ok(existsSync(join(target, file)), `${name} has no ${file}`);
    }
    mkdirSync(join(directory, 'node_modules/@types'));
    for (const name of ['react', 'react-dom', 'scheduler', '@types/react', '@types/react-dom', 'csstype'])
      symlinkSync(join(MODULES, name), join(directory, 'node_modules', name), 'junction');
    writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
    writeFileSync(join(directory, 'program.ts'), PROGRAM);
    writeFileSync(join(directory, 'server.js'), ON_A_SERVER);
  });

  it('are typed, also for those who check the types of their libraries', async () => {
    const strict = [
      '--strict',
      '--noEmit',
      '--skipLibCheck',
      'false',
      '--target',
      'es2022',
      '--lib',
      'es2022,dom,dom.iterable',
    ];
    for (const how of [
      ['--module', 'nodenext'],
      ['--module', 'esnext', '--moduleResolution', 'bundler'],
    ])
      await run(join(MODULES, '.bin/tsc'), [...strict, ...how, '--types', 'react', 'program.ts'], {
        cwd: directory,
      }).catch(({ stdout }) => assert.fail(String(stdout)));
  });

  it('can be imported and rendered on a server', async () => {
    const { stdout } = await run(process.execPath, ['server.js'], { cwd: directory });
    assert.equal(
      stdout,
      '<moonshare-viewer src="https://moonshare.example/" streamer="a" muted=""></moonshare-viewer>',
    );
    // As in Node 20, which has no navigator.
    const old = ['--no-experimental-global-navigator', 'server.js'];
    assert.equal((await run(process.execPath, old, { cwd: directory })).stdout, stdout);
  });

  it('are small, and have no schemas in them', async () => {
    const entry = join(directory, 'page.js');
    writeFileSync(entry, "import { defineMoonshareViewer } from '@moonshare/client';\ndefineMoonshareViewer();\n");
    const bundle = await rolldown({ input: entry, platform: 'browser' });
    const { output } = await bundle.generate({ format: 'es', minify: true });
    const bytes = brotliCompressSync(output[0].code).length;
    assert.ok(bytes <= MOST_BYTES, `${bytes} bytes are loaded at once`);
    assert.deepEqual(output[0].imports, []);
    for (const chunk of output) assert.ok(!('code' in chunk) || !/zod/i.test(chunk.code), chunk.fileName);
  });
});
