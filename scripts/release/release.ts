/** What a release changes in files. Pure: texts and parsed files in, the same out. */

const UNRELEASED = '## Unreleased';

export interface Manifest {
  name?: string;
  version?: string;
  [field: string]: unknown;
}

export interface LockFile {
  version: string;
  packages: Record<string, Manifest>;
}

/** Throws if `next` is not a version above `current`. */
export function checkVersion(current: string, next: string): void {
  const [a, b] = [parts(current), parts(next)];
  const at = b.findIndex((part, index) => part !== a[index]);
  if (at < 0 || b[at]! < a[at]!) throw new Error(`${next} is not above ${current}`);
}

function parts(version: string): number[] {
  if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error(`"${version}" is not a version such as 1.2.3`);
  return version.split('.').map(Number);
}

/** Moves the unreleased changes under the new version. `date`: 2026-01-31. Throws if there is nothing to release. */
export function releasedChangelog(text: string, version: string, date: string): string {
  const start = text.indexOf(UNRELEASED);
  if (start < 0) throw new Error(`CHANGELOG.md has no "${UNRELEASED}"`);
  const rest = text.slice(start + UNRELEASED.length);
  const end = rest.search(/^## /m);
  if (rest.slice(0, end < 0 ? undefined : end).trim() === '')
    throw new Error('CHANGELOG.md lists nothing under Unreleased, so nothing is unreleased');
  return `${text.slice(0, start)}${UNRELEASED}\n\n## ${version} - ${date}${rest}`;
}

/** Sets the new version, also in dependencies on packages of this repository (`ours`, by name). */
export function releasedManifest<M extends Manifest>(manifest: M, ours: ReadonlySet<string>, version: string): M {
  const changed: Manifest = { ...manifest };
  if (changed.version !== undefined) changed.version = version;
  for (const kind of ['dependencies', 'devDependencies']) {
    const dependencies = changed[kind] as Record<string, string> | undefined;
    if (dependencies === undefined) continue;
    changed[kind] = Object.fromEntries(
      Object.entries(dependencies).map(([name, wanted]) => [name, ours.has(name) ? version : wanted]),
    );
  }
  return changed as M;
}

/** Folders of the packages in this repository; '' is the root. */
export function foldersOf(lock: LockFile): string[] {
  return Object.keys(lock.packages).filter((path) => !path.includes('node_modules/'));
}

/** The lock file with the new version; it lists packages of this repository under their folders. */
export function releasedLock(lock: LockFile, ours: ReadonlySet<string>, version: string): LockFile {
  const folders = foldersOf(lock);
  const packages = Object.entries(lock.packages).map(([path, entry]) => [
    path,
    folders.includes(path) ? releasedManifest(entry, ours, version) : entry,
  ]);
  return { ...lock, version, packages: Object.fromEntries(packages) };
}
