import { chmodSync, copyFileSync, existsSync, linkSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { backup, type DatabaseSync } from 'node:sqlite';
import { MoonshareError } from '@moonshare/contract';
import { DATABASE_FILE, openChecked, openDatabase } from './database.ts';

/** Where a server puts the backups it is asked for, within its data directory. */
const BACKUP_FOLDER = 'backups';

/**
 * A snapshot of the open database, taken while it is used, with SQLite’s online backup. Only its owner can read it: it contains
 * private keys. Throws BAD_REQUEST if the file already exists, and system errors.
 */
export async function backupDatabase(database: DatabaseSync, file: string): Promise<{ path: string; bytes: number }> {
  if (existsSync(file)) throw exists(file);
  const making = `${file}.new-${process.pid}`;
  try {
    await backup(database, making);
    chmodSync(making, 0o600);
    // Fails if someone else has created it meanwhile; a rename would replace it.
    linkSync(making, file);
  } catch (cause) {
    if (existsSync(file) && cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') throw exists(file);
    throw cause;
  } finally {
    rmSync(making, { force: true });
  }
  return { path: file, bytes: statSync(file).size };
}

/** The same into the data directory, named by the current time. */
export function backupInto(
  directory: string,
  database: DatabaseSync,
  now = new Date(),
): Promise<{ path: string; bytes: number }> {
  const folder = join(directory, BACKUP_FOLDER);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return backupDatabase(database, join(folder, `moonshare-${stamp(now)}.db`));
}

/**
 * Replaces the database in `directory` by a backup; no server may be running there (DATA_IN_USE). The backup is checked first:
 * STORE_DAMAGED, STORE_FOREIGN, CONFIG_INVALID. The previous database stays beside it, at `kept`; null: there was none.
 */
export function restoreDatabase(
  directory: string,
  from: string,
  now = new Date(),
): { path: string; kept: string | null } {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, DATABASE_FILE);
  if (existsSync(path)) checkUnused(directory);
  const making = `${path}.new-${process.pid}`;
  try {
    if (existsSync(from)) copyFileSync(from, making);
    openChecked(making, from).close();
    chmodSync(making, 0o600);
    const aside = `${path}.replaced-${stamp(now)}`;
    const kept = existsSync(path) ? aside : null;
    // A log left behind would belong to the previous database.
    for (const suffix of ['', '-wal', '-shm']) {
      if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
    }
    renameSync(making, path);
    return { path, kept };
  } finally {
    rmSync(making, { force: true });
  }
}

/** Throws if a server has it open. It may be damaged: that is a reason to restore. */
function checkUnused(directory: string): void {
  try {
    openDatabase(directory).close();
  } catch (error) {
    const { code } = MoonshareError.from(error);
    if (code !== 'STORE_DAMAGED' && code !== 'STORE_FOREIGN' && code !== 'CONFIG_INVALID') throw error;
  }
}

function exists(file: string): MoonshareError {
  return new MoonshareError('BAD_REQUEST', {
    message: `${file} already exists`,
    hint: 'Name a file that does not exist yet: a backup overwrites nothing.',
  });
}

function stamp(now: Date): string {
  return now.toISOString().replace(/[:.]/g, '-');
}
