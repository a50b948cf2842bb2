// `node scripts/release.ts 0.3.0`: shows what a release would change; with `--write` it makes the changes, commits and tags.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  checkVersion,
  foldersOf,
  type Manifest,
  releasedChangelog,
  releasedLock,
  releasedManifest,
} from './release/release.ts';

const ROOT = join(import.meta.dirname, '..');

const { values, positionals } = parseArgs({ allowPositionals: true, options: { write: { type: 'boolean' } } });
const [version] = positionals;

try {
  if (version === undefined || positionals.length > 1)
    throw new Error('usage: node scripts/release.ts VERSION [--write]');
  release(version, values.write === true);
} catch (error) {
  process.stderr.write(`release: ${(error as Error).message}\n`);
  process.exitCode = 1;
}

function release(next: string, write: boolean): void {
  const lock = JSON.parse(read('package-lock.json'));
  const folders = foldersOf(lock);
  const manifests = new Map<string, Manifest>(
    folders.map((folder) => [join(folder, 'package.json'), JSON.parse(read(join(folder, 'package.json')))]),
  );
  const ours = new Set([...manifests.values()].map(({ name }) => name ?? ''));
  checkVersion(lock.version, next);
  if (write && git('status', '--porcelain') !== '') throw new Error('commit or stash your changes first');

  const files = new Map([
    ['CHANGELOG.md', releasedChangelog(read('CHANGELOG.md'), next, new Date().toISOString().slice(0, 10))],
    ['package-lock.json', json(releasedLock(lock, ours, next))],
  ]);
  for (const [path, manifest] of manifests) files.set(path, json(releasedManifest(manifest, ours, next)));

  for (const [path, text] of files) {
    process.stdout.write(`${path}: ${lock.version} -> ${next}\n`);
    if (write) writeFileSync(join(ROOT, path), text);
  }
  if (!write) {
    process.stdout.write('Nothing was written; use --write to write the files, commit and tag.\n');
    return;
  }
  git('commit', '--quiet', '--message', `Release ${next}`, ...files.keys());
  git('tag', '--annotate', '--message', `Moonshare ${next}`, `v${next}`);
  process.stdout.write(`Committed, and tagged v${next}. To publish: git push --follow-tags\n`);
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function git(...args: string[]): string {
  const { stdout, stderr, status } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${args[0]}: ${stderr.trim()}`);
  return stdout.trim();
}
