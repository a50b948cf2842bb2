import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { MoonshareError } from '@moonshare/contract';

/** Says in the file's header whose database it is: "Moon". */
export const APPLICATION_ID = 0x4d6f6f6e;
/** Every version of ours has these. */
const OWN_TABLES = ['client_certificates', 'hosts', 'secrets'];
const HEADER = 'SQLite format 3\0';

/** What can be told of the file before it is opened. Throws STORE_DAMAGED. */
export function checkFile(path: string): void {
  if (!existsSync(path)) {
    if (!existsSync(`${path}-wal`)) return;
    throw damaged(path, 'is missing, and its log is there');
  }
  if (statSync(path).size === 0) throw damaged(path, 'is empty');
  const header = Buffer.alloc(HEADER.length);
  const file = openSync(path, 'r');
  try {
    readSync(file, header);
  } finally {
    closeSync(file);
  }
  if (header.toString('latin1') !== HEADER) throw damaged(path, 'is no SQLite database');
}

/** That it is ours and whole; `path` is for people. Throws STORE_DAMAGED, STORE_FOREIGN. */
export function checkContent(database: DatabaseSync, path: string): void {
  const problem = database.prepare('PRAGMA quick_check(1)').get()?.quick_check;
  if (problem !== 'ok') throw damaged(path, `is damaged (${String(problem).slice(0, 200)})`);
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all()
    .map(({ name }) => String(name));
  if (tables.length === 0) throw damaged(path, 'has no tables');
  const id = Number(database.prepare('PRAGMA application_id').get()?.application_id);
  // Those of version 0.1 have no number.
  if (id === APPLICATION_ID || (id === 0 && OWN_TABLES.every((name) => tables.includes(name)))) return;
  throw new MoonshareError('STORE_FOREIGN', { message: `${path} is the database of another program` });
}

/** The file is there, but not what was stored. */
export function damaged(path: string, how: string, cause?: unknown): MoonshareError {
  return new MoonshareError('STORE_DAMAGED', { message: `The database ${path} ${how}`, cause });
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
export function isDamage(error: Error): boolean {
  return 'errcode' in error && typeof error.errcode === 'number' && [11, 26].includes(error.errcode & 0xff);
}
