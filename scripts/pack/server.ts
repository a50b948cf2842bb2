import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import mcpManifest from '../../packages/mcp/package.json' with { type: 'json' };
import serverManifest from '../../packages/server/package.json' with { type: 'json' };
import streamerManifest from '../../packages/streamer/package.json' with { type: 'json' };
import tapManifest from '../../packages/tap/package.json' with { type: 'json' };
import { noticesOf } from './notices.ts';
import { OUT, packStaged, ROOT, stageDirectory } from './stage.ts';
import { allOf, buildStreamer, OPTIONAL } from './streamer.ts';
import { type Replacements, withTexts } from './texts.ts';

const PACKAGES = join(ROOT, 'packages');
const WEB = join(PACKAGES, 'web/dist');

/** Where the sources name files beside them, or other packages of ours by name: in the package all are beside each other. */
const PLACES: Replacements = {
  'packages/server/services.ts': [
    ["import.meta.resolve('@moonshare/streamer/main')", "'./streamer.cjs', import.meta.url"],
    ["import.meta.resolve('@moonshare/tap/main')", "'./tap.js', import.meta.url"],
  ],
  'packages/server/cli/demo/virtual-host.ts': [
    ["import.meta.resolve('@moonshare/virtual-host/main')", "'./virtual-host.js', import.meta.url"],
  ],
  'packages/server/server.ts': [["'..', 'web', 'dist'", "'web'"]],
};
/** Read at run time, from beside the module. */
const FILES = ['server/http/routes/neutral-picture.png', 'virtual-host/picture/font.txt'];

/**
 * Builds moonshare: the server with its pages, and the programs that it forks. The web app has to be built. `addon`: compiled for all
 * machines, or the one that was built here for this one.
 */
export async function packServer(out = OUT, addon: 'all' | 'own' = 'all'): Promise<string> {
  if (!existsSync(join(WEB, 'index.html'))) throw new Error('The web app is not built: run npm run build');
  const directory = stageDirectory(out, 'moonshare');
  const dist = join(directory, 'dist');
  const dependencies = {
    ...theirs(serverManifest.dependencies),
    ...theirs(mcpManifest.dependencies),
    ...only(streamerManifest, 'libopus-wasm'),
  };
  await buildPrograms(dist, Object.keys(dependencies));
  cpSync(WEB, join(dist, 'web'), { recursive: true });
  for (const file of FILES) copyFileSync(join(PACKAGES, file), join(dist, file.slice(file.lastIndexOf('/') + 1)));
  if (addon === 'own') cpSync(join(PACKAGES, 'webrtc/native/build'), join(dist, 'build'), { recursive: true });
  else
    await promisify(execFile)(process.execPath, [
      join(PACKAGES, 'webrtc/native/prebuild.ts'),
      join(dist, 'build'),
    ]).catch(({ stderr }) => void process.stderr.write(`Some machines get no WebRTC addon:\n${stderr}`));
  return packStaged(directory, 'packages/server', {
    name: 'moonshare',
    description: 'One Moonlight session, shared by many browsers: the server with its pages, and the demo.',
    keywords: ['moonlight', 'sunshine', 'gamestream', 'webrtc', 'streaming', 'remote-desktop', 'agents'],
    bin: { moonshare: './dist/moonshare.js' },
    exports: { './package.json': './package.json' },
    engines: { node: '>=20' },
    dependencies,
    // Where the addon does not run; without it, that is said.
    optionalDependencies: only(streamerManifest, 'node-datachannel'),
    peerDependencies: tapManifest.peerDependencies,
    peerDependenciesMeta: tapManifest.peerDependenciesMeta,
  });
}

async function buildPrograms(dist: string, external: string[]): Promise<void> {
  const programs = await rolldown({
    input: {
      moonshare: join(PACKAGES, 'server/npm/main.ts'),
      tap: join(PACKAGES, 'tap/main.ts'),
      'virtual-host': join(PACKAGES, 'virtual-host/main.ts'),
      'mixing-worker': join(PACKAGES, 'streamer/sound/mixing-worker.ts'),
    },
    platform: 'node',
    external: allOf([...external, ...OPTIONAL]),
    plugins: [withTexts(PLACES)],
  });
  await programs.write({
    dir: dist,
    format: 'es',
    minify: 'dce-only',
    sourcemap: true,
    chunkFileNames: 'part-[name].js',
  });
  const chunks = await buildStreamer(dist);
  const modules = chunks.flatMap((chunk) => ('moduleIds' in chunk ? chunk.moduleIds : []));
  writeFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), noticesOf(modules));
}

/** Those of others, also of our packages among them, which are bundled. */
function theirs(dependencies: Readonly<Record<string, string>> = {}): Record<string, string> {
  const all = Object.entries(dependencies).map(([name, version]) => {
    if (!name.startsWith('@moonshare/')) return { [name]: version };
    const manifest = readFileSync(join(PACKAGES, name.slice('@moonshare/'.length), 'package.json'), 'utf8');
    return theirs(JSON.parse(manifest).dependencies);
  });
  return Object.assign({}, ...all);
}

function only(manifest: { dependencies: Readonly<Record<string, string>> }, name: string): Record<string, string> {
  const version = manifest.dependencies[name];
  if (version === undefined) throw new Error(`${name} is no dependency any more`);
  return { [name]: version };
}
