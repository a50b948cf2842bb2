import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { OUT, packStaged, ROOT, stageDirectory } from './stage.ts';
import { bundleTypes } from './types.ts';

/** Builds @moonshare/api. */
export async function packApi(out = OUT): Promise<string> {
  const directory = stageDirectory(out, 'api');
  const entry = join(ROOT, 'packages/api/index.ts');
  const bundle = await rolldown({ input: entry, platform: 'neutral' });
  await bundle.write({ file: join(directory, 'dist/index.js'), format: 'es', minify: 'dce-only', sourcemap: true });
  writeFileSync(join(directory, 'dist/index.d.ts'), await bundleTypes(entry));
  return packStaged(directory, 'packages/api', {
    name: '@moonshare/api',
    description: 'The API of a Moonshare server, typed: REST and events, for Node, Deno, Bun and browsers.',
    keywords: ['moonlight', 'sunshine', 'streaming', 'remote-desktop', 'agent', 'computer-use', 'api-client'],
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' }, './package.json': './package.json' },
    engines: { node: '>=20.3' },
    sideEffects: false,
  });
}
