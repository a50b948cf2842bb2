import { join } from 'node:path';
import { type OutputAsset, type OutputChunk, rolldown } from 'rolldown';
import { noSchemas } from './no-schemas.ts';
import { ROOT } from './stage.ts';
import { withTexts } from './texts.ts';

/** Loaded only where they are installed, and wanted. */
export const OPTIONAL = ['node-av', 'node-datachannel'];

const PLACES = { 'packages/streamer/sound/mixing-thread.ts': [['./mixing-worker.ts', './mixing-worker.js']] } as const;

/** A streamer has everything inside: its process is the lighter, and ready the sooner, the less it loads. */
export async function buildStreamer(directory: string): Promise<(OutputChunk | OutputAsset)[]> {
  const streamer = await rolldown({
    input: { streamer: join(ROOT, 'packages/streamer/main.ts') },
    platform: 'node',
    external: allOf(['libopus-wasm', ...OPTIONAL]),
    plugins: [withTexts(PLACES), noSchemas],
    treeshake: { moduleSideEffects: false },
  });
  const { output } = await streamer.write({
    dir: directory,
    // An ES module that imports Node's HTTP loads its fetch as well.
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: 'streamer-[name].cjs',
    minify: true,
    sourcemap: true,
  });
  return output;
}

export function allOf(names: string[]): RegExp[] {
  return names.map((name) => new RegExp(`^${name}(/|$)`));
}
