import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { brotliCompressSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { packApi } from './api.ts';
import { packClient } from './client.ts';
import { packGamestream } from './gamestream.ts';
import { packReact } from './react.ts';
import { ROOT } from './stage.ts';

const run = promisify(execFile);
const MODULES = join(ROOT, 'node_modules');
const FOR_PAGES = ['react', 'react-dom', 'scheduler', '@types/react', '@types/react-dom', 'csstype'];
const FOR_HOSTS = ['@peculiar/asn1-schema', '@peculiar/asn1-x509', 'saxes', '@types/node', 'undici-types'];
/** What a page with the element loads before it has a picture over WebRTC: bytes, minified and compressed by brotli. */
const MOST_BYTES = 25_000;

/** Uses what the packages promise: a program of their users. */
const PROGRAM = `
import { defineMoonshareViewer, DisconnectReason, disconnectReason, ViewerConnection } from '@moonshare/client';
import { Stream, useStream, useStreamControl, useStreamParticipants, useStreamStatistics } from '@moonshare/react';

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
  const { control, take } = useStreamControl(viewer);
  const names = useStreamParticipants(viewer).map(({ name }) => name);
  return <div onClick={take}>
    <Stream ref={ref} src="/" streamer="a" name="Anna" />
    <moonshare-viewer src="/" streamer="b" muted watch onstatechange={({ detail }) => console.log(detail.kind)} />
    {/* @ts-expect-error: not an attribute */}
    <moonshare-viewer streem="c" />
    {state.kind} {statistics?.bitrate} {control?.standing} {names.join()}
  </div>;
}
`;

const HOST_PROGRAM = `
import { createClientIdentity, DEFAULT_STREAM_SETTINGS, GameStream, GameStreamError, HostClient, pair } from '@moonshare/gamestream';

export async function watch(address: string, pin: string, sessionUrl: string): Promise<GameStream> {
  const identity = await createClientIdentity();
  const { hostCertificate } = await pair({ address, identity, pin });
  const client = new HostClient({ address, identity, hostCertificate });
  const keys = { key: Buffer.alloc(16), keyId: 1 };
  const stream = new GameStream({ address, sessionUrl, keys, settings: DEFAULT_STREAM_SETTINGS, serverInfo: await client.serverInfo() });
  stream.on('video', (unit) => console.log(unit.keyFrame, unit.data.length));
  // @ts-expect-error: no such event
  stream.on('picture', () => {});
  throw new GameStreamError('HOST_TIMEOUT', 'as declared');
}
`;

const API_PROGRAM = `
import { ApiError, MoonshareApi } from '@moonshare/api';

const api = new MoonshareApi({ url: 'https://moonshare.example', token: 'token' });

export async function work(signal: AbortSignal): Promise<Uint8Array | string> {
  try {
    const { status } = await api.ensureStreamer('a', { client_unique_id: 'a', host_id: 0, app_id: 1 }, { signal });
    // @ts-expect-error: not a status
    if (status === 'asleep') return status;
    await api.act('a', { actions: [{ action: 'left_click', coordinate: [1, 2] }] });
    for await (const event of api.events({ signal })) if (event.type === 'viewer.joined') return event.name;
    return (await api.screenshot('a')).data;
  } catch (error) {
    return error instanceof ApiError && error.code === 'CONTROL_TAKEN' ? error.hint : '';
  }
}
`;

const API_BY_NODE = `
import { MoonshareApi } from '@moonshare/api';
process.stdout.write(await new MoonshareApi({ url: 'http://127.0.0.1:9/x', retries: 0 }).me().catch((error) => error.code));
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
    for (const [name, pack] of [
      ['client', packClient] as const,
      ['react', packReact] as const,
      ['api', packApi] as const,
      ['gamestream', packGamestream] as const,
    ]) {
      const target = join(directory, 'node_modules/@moonshare', name);
      mkdirSync(target, { recursive: true });
      await run('tar', ['-xzf', await pack(join(directory, 'packages')), '--strip-components=1', '-C', target]);
      for (const file of ['LICENSE', 'README.md', 'CHANGELOG.md', 'dist/index.js.map'])
        assert.ok(existsSync(join(target, file)), `${name} has no ${file}`);
    }
    for (const scope of ['@types', '@peculiar']) mkdirSync(join(directory, 'node_modules', scope));
    for (const name of [...FOR_PAGES, ...FOR_HOSTS])
      symlinkSync(join(MODULES, name), join(directory, 'node_modules', name), 'junction');
    writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
    writeFileSync(join(directory, 'program.tsx'), PROGRAM);
    writeFileSync(join(directory, 'host.ts'), HOST_PROGRAM);
    writeFileSync(join(directory, 'api.ts'), API_PROGRAM);
    writeFileSync(join(directory, 'api.js'), API_BY_NODE);
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
      '--jsx',
      'react-jsx',
    ];
    for (const how of [
      ['--module', 'nodenext', '--types', 'react', 'program.tsx', 'api.ts'],
      ['--module', 'esnext', '--moduleResolution', 'bundler', '--types', 'react,node', 'program.tsx', 'host.ts'],
    ])
      await run(join(MODULES, '.bin/tsc'), [...strict, ...how], { cwd: directory }).catch(({ stdout }) =>
        assert.fail(String(stdout)),
      );
  });

  it('can be imported and rendered on a server', async () => {
    const { stdout } = await run(process.execPath, ['server.js'], { cwd: directory });
    assert.equal(
      stdout,
      '<moonshare-viewer src="https://moonshare.example/" streamer="a" muted=""></moonshare-viewer>',
    );
    // As in Node 20, which has no navigator.
    assert.equal((await run(process.execPath, ['api.js'], { cwd: directory })).stdout, 'SERVER_UNREACHABLE');
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
