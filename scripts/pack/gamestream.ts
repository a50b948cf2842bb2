import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import manifest from '../../packages/gamestream/package.json' with { type: 'json' };
import { OUT, packStaged, ROOT, stageDirectory } from './stage.ts';
import { bundleTypes } from './types.ts';

/** Builds @moonshare/gamestream: the protocol as a library for Node. */
export async function packGamestream(out = OUT): Promise<string> {
  const directory = stageDirectory(out, 'gamestream');
  const entry = join(ROOT, 'packages/gamestream/index.ts');
  const { '@moonshare/sans-io': _, ...dependencies } = manifest.dependencies;
  const external = [/^node:/, ...Object.keys(dependencies)];
  const bundle = await rolldown({ input: entry, platform: 'node', external });
  await bundle.write({ file: join(directory, 'dist/index.js'), format: 'es', minify: 'dce-only', sourcemap: true });
  const types = await bundleTypes(entry, external, 'node');
  writeFileSync(join(directory, 'dist/index.d.ts'), `/// <reference types="node" />\n${types}`);
  return packStaged(directory, 'packages/gamestream', {
    name: '@moonshare/gamestream',
    description:
      'The GameStream protocol of Sunshine, Wolf and Moonlight, for clients and for hosts: pairing, launch, video, sound, input.',
    keywords: ['moonlight', 'sunshine', 'wolf', 'gamestream', 'nvidia', 'rtsp', 'enet', 'streaming'],
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' }, './package.json': './package.json' },
    sideEffects: false,
    engines: { node: '>=22' },
    dependencies: { ...dependencies, '@types/node': '>=22' },
  });
}
