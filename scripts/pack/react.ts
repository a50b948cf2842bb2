import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import root from '../../package.json' with { type: 'json' };
import { OUT, packStaged, ROOT, stageDirectory } from './stage.ts';
import { bundleTypes } from './types.ts';

const ENTRY = join(ROOT, 'packages/react/index.ts');
const EXTERNAL = ['@moonshare/client', /^react(-dom)?($|\/)/];

/** Builds @moonshare/react. */
export async function packReact(out = OUT): Promise<string> {
  const directory = stageDirectory(out, 'react');
  await buildReact(join(directory, 'dist'));
  writeFileSync(join(directory, 'dist/index.d.ts'), await bundleTypes(ENTRY, EXTERNAL));
  return packStaged(directory, 'packages/react', {
    name: '@moonshare/react',
    description: 'A Moonshare stream as a React component, with hooks for its state.',
    keywords: ['moonlight', 'react', 'webrtc', 'streaming', 'remote-desktop'],
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' }, './package.json': './package.json' },
    sideEffects: false,
    dependencies: { '@moonshare/client': root.version },
    peerDependencies: { react: '>=18' },
  });
}

/** What is in the package but its types. */
export async function buildReact(dist: string): Promise<void> {
  const bundle = await rolldown({ input: ENTRY, platform: 'neutral', external: EXTERNAL });
  await bundle.write({ file: join(dist, 'index.js'), format: 'es', sourcemap: true, banner: "'use client';" });
}
