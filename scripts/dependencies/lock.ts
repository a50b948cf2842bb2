/** The parts of package-lock.json that are read. */
export interface Lock {
  packages: Record<string, LockEntry>;
}

export interface LockEntry {
  name?: string;
  version?: string;
  license?: string;
  link?: boolean;
  dev?: boolean;
  optional?: boolean;
  [field: string]: unknown;
}

export interface Dependency {
  name: string;
  version: string;
  /** As its own package.json states; undefined: not stated. */
  license: string | undefined;
}

/** Third-party packages in the lock file, sorted, each version once. `ships`: what `npm ci --omit=dev` installs on some platform. */
export function dependencies(lock: Lock): { ships: Dependency[]; development: Dependency[] } {
  const all = Object.entries(lock.packages).filter(([path, { link }]) => path.includes('node_modules/') && !link);
  const select = (isWanted: (entry: LockEntry) => boolean) => sorted(all.filter(([, entry]) => isWanted(entry)));
  return { ships: select(({ dev }) => dev !== true), development: select(({ dev }) => dev === true) };
}

/** A package's name from its path in the lock file. */
function nameOf(path: string, entry: LockEntry): string {
  return entry.name ?? path.replace(/^.*node_modules\//, '');
}

function sorted(entries: [string, LockEntry][]): Dependency[] {
  const byId = new Map(
    entries.map(([path, entry]) => {
      const one = { name: nameOf(path, entry), version: entry.version ?? '', license: entry.license };
      return [`${one.name}@${one.version}`, one] as const;
    }),
  );
  return [...byId.keys()].sort().map((id) => byId.get(id)!);
}
