// `npm run -s sbom`: a CycloneDX document of what ships, to stdout; `--check` only tests whether it is complete.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bom, completed, faults, withoutDevelopment, workspacesOf } from './dependencies/bom.ts';
import type { Lock } from './dependencies/lock.ts';

const ROOT = join(import.meta.dirname, '..');
const lock: Lock = read(join(ROOT, 'package-lock.json'));
const directory = mkdtempSync(join(tmpdir(), 'moonshare-sbom-'));
try {
  const bom = completed(npmSbom(), lock);
  const wrong = faults(bom, lock);
  for (const fault of wrong) process.stderr.write(`SBOM: ${fault}\n`);
  if (wrong.length > 0) process.exitCode = 1;
  else if (!process.argv.includes('--check')) process.stdout.write(`${JSON.stringify(bom, null, 2)}\n`);
} finally {
  rmSync(directory, { recursive: true });
}

/** npm's own document, from a copy of the manifests without development dependencies. */
function npmSbom(): Bom {
  const workspaces = workspacesOf(lock);
  write('package-lock.json', withoutDevelopment(lock));
  for (const folder of ['', ...workspaces]) {
    const { devDependencies: _, ...manifest } = read(join(ROOT, folder, 'package.json'));
    mkdirSync(join(directory, folder), { recursive: true });
    write(join(folder, 'package.json'), folder === '' ? { ...manifest, workspaces } : manifest);
  }
  copyFileSync(join(ROOT, '.npmrc'), join(directory, '.npmrc'));
  const { stdout, stderr, status } = spawnSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'], {
    cwd: directory,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm sbom failed: ${stderr}`);
  return JSON.parse(stdout);
}

function read(path: string) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function write(path: string, value: unknown): void {
  writeFileSync(join(directory, path), JSON.stringify(value));
}
