import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import root from '../../package.json' with { type: 'json' };

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Where `npm run pack` puts them; tests have directories of their own. */
export const OUT = join(ROOT, 'dist/packages');

export interface Manifest {
  name: string;
  description: string;
  keywords: string[];
  exports: Record<string, unknown>;
  [field: string]: unknown;
}

/** An empty directory for the files of a package, as they will be in its tarball. */
export function stageDirectory(out: string, name: string): string {
  const directory = join(out, name);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(join(directory, 'dist'), { recursive: true });
  return directory;
}

/**
 * Adds to the staged `dist` what every package has, makes the tarball and checks it.
 * @returns its path. Throws an Error that lists what publint and "are the types wrong" find.
 */
export async function packStaged(directory: string, source: string, manifest: Manifest): Promise<string> {
  const { name, ...rest } = manifest;
  const whole = {
    name,
    version: root.version,
    license: root.license,
    type: 'module',
    ...rest,
    files: ['dist', 'CHANGELOG.md'],
  };
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(whole, null, 2)}\n`);
  copyFileSync(join(ROOT, 'LICENSE'), join(directory, 'LICENSE'));
  cpSync(join(ROOT, source, 'npm/README.md'), join(directory, 'README.md'));
  copyFileSync(join(ROOT, 'CHANGELOG.md'), join(directory, 'CHANGELOG.md'));
  const out = dirname(directory);
  const run = promisify(execFile);
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', out], {
    cwd: directory,
  });
  const packed: unknown = JSON.parse(stdout);
  const entries = (Array.isArray(packed) ? packed : Object.values(packed as object)) as { filename: string }[];
  const tarball = join(out, entries[0]!.filename.replace('@', '').replace('/', '-'));
  await check(directory, tarball, manifest);
  return tarball;
}

async function check(directory: string, tarball: string, { bin }: Manifest): Promise<void> {
  const { messages, pkg } = await publint({ pkgDir: directory, strict: true, pack: false });
  const wrong = messages.map((message) => `publint: ${formatMessage(message, pkg)}`);
  const types =
    bin !== undefined
      ? null
      : await checkPackage(createPackageFromTarballData(readFileSync(tarball)), {
          // Scripts for a page, which nobody imports.
          excludeEntrypoints: [/\.js$/],
        });
  if (types === null) {
    // A program has no types.
  } else if (types.types === false) wrong.push('types: none');
  // Packages are ES modules only: CommonJS of Node 20 and later can require them, and older resolution is not supported.
  else
    for (const problem of types.problems)
      if (!('resolutionKind' in problem && ['node10', 'node16-cjs'].includes(problem.resolutionKind)))
        wrong.push(`types: ${JSON.stringify(problem)}`);
  if (wrong.length > 0) throw new Error(`${tarball}\n${wrong.join('\n')}`);
}
