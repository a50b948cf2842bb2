import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { MoonshareError } from '@moonshare/contract';

/** Marks the file in its header as one of ours: "Moon". */
export const APPLICATION_ID = 0x4d6f6f6e;
/** The tables that every version has. */
const OWN_TABLES = ['client_certificates', 'hosts', 'secrets'];
const HEADER = 'SQLite format 3\0';

/** What can be checked before opening the file; `name` is its name in messages. Throws STORE_DAMAGED. */
export function checkFile(path: string, name = path): void {
  if (!existsSync(path)) throw damaged(name, 'is missing');
  if (statSync(path).size === 0) throw damaged(name, 'is empty');
  const header = Buffer.alloc(HEADER.length);
  const file = openSync(path, 'r');
  try {
    readSync(file, header);
  } finally {
    closeSync(file);
  }
  if (header.toString('latin1') !== HEADER) throw damaged(name, 'is not an SQLite database');
}

/** Checks that it is intact and ours. Throws STORE_DAMAGED, STORE_FOREIGN. */
export function checkContent(database: DatabaseSync, name: string): void {
  const problem = database.prepare('PRAGMA quick_check(1)').get()?.quick_check;
  if (problem !== 'ok') throw damaged(name, `is damaged (${String(problem).slice(0, 200)})`);
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all()
    .map((row) => String(row.name));
  if (tables.length === 0) throw damaged(name, 'has no tables');
  const id = Number(database.prepare('PRAGMA application_id').get()?.application_id);
  // Those of version 0.1 have no application ID.
  if (id === APPLICATION_ID || (id === 0 && OWN_TABLES.every((own) => tables.includes(own)))) return;
  throw new MoonshareError('STORE_FOREIGN', { message: `${name} is the database of another program` });
}

/** The file exists but does not contain what was stored. */
export function damaged(name: string, how: string, cause?: unknown): MoonshareError {
  return new MoonshareError('STORE_DAMAGED', { message: `The database ${name} ${how}`, cause });
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
export function isDamage(error: Error): boolean {
  return 'errcode' in error && typeof error.errcode === 'number' && [11, 26].includes(error.errcode & 0xff);
}
