import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Plugin, rolldown } from 'rolldown';
import { OUT, packStaged, ROOT, stageDirectory } from './stage.ts';
import { withTexts } from './texts.ts';
import { bundleTypes } from './types.ts';

const SOURCE = join(ROOT, 'packages/client');
const START_WORKER = join(SOURCE, 'websocket/worker/start-worker.ts');

/** Builds @moonshare/client: modules with the worker beside them, and one file for a script tag with the worker inside. */
export async function packClient(out = OUT): Promise<string> {
  const directory = stageDirectory(out, 'client');
  await buildClient(join(directory, 'dist'));
  writeFileSync(join(directory, 'dist/index.d.ts'), await bundleTypes(join(SOURCE, 'index.ts')));
  return packStaged(directory, 'packages/client', {
    name: '@moonshare/client',
    description: 'Show a Moonshare stream in a page, and send input: a custom element, or by hand. No framework.',
    keywords: ['moonlight', 'sunshine', 'gamestream', 'webrtc', 'streaming', 'remote-desktop', 'web-component'],
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './player-worker.js': './dist/player-worker.js',
      './moonshare.js': './dist/moonshare.js',
      './package.json': './package.json',
    },
    unpkg: './dist/moonshare.js',
    jsdelivr: './dist/moonshare.js',
    sideEffects: false,
  });
}

/** What is in the package but its types. */
export async function buildClient(dist: string): Promise<void> {
  const worker = await rolldown({ input: join(SOURCE, 'websocket/worker/player-worker.ts'), platform: 'browser' });
  // Not cut into chunks: an AudioWorklet imports nothing in some browsers.
  await worker.write({
    file: join(dist, 'player-worker.js'),
    format: 'es',
    codeSplitting: false,
    minify: true,
    sourcemap: true,
  });
  const modules = await rolldown({
    input: { index: join(SOURCE, 'index.ts') },
    platform: 'browser',
    plugins: [
      withTexts({ 'packages/client/websocket/worker/start-worker.ts': [['./player-worker.ts', './player-worker.js']] }),
    ],
  });
  await modules.write({ dir: dist, format: 'es', chunkFileNames: '[name].js', minify: 'dce-only', sourcemap: true });
  const script = await rolldown({
    input: join(SOURCE, 'script-tag.ts'),
    platform: 'browser',
    plugins: [workerInside(readFileSync(join(dist, 'player-worker.js'), 'utf8'))],
  });
  await script.write({
    file: join(dist, 'moonshare.js'),
    format: 'iife',
    name: 'Moonshare',
    codeSplitting: false,
    minify: true,
    sourcemap: true,
  });
}

function workerInside(source: string): Plugin {
  const text = source.replace(/\n\/\/# sourceMappingURL=.*/, '');
  return {
    name: 'worker-inside',
    load(id) {
      if (id !== START_WORKER) return null;
      return `let address;
export function startWorker() {
  address ??= URL.createObjectURL(new Blob([${JSON.stringify(text)}], { type: 'text/javascript' }));
  return new Worker(address, { type: 'module' });
}`;
    },
  };
}
