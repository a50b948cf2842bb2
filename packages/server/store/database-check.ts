import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { MoonshareError } from '@moonshare/contract';

/** Says in the file's header whose database it is: "Moon". */
export const APPLICATION_ID = 0x4d6f6f6e;
/** Every version of ours has these. */
const OWN_TABLES = ['client_certificates', 'hosts', 'secrets'];
const HEADER = 'SQLite format 3\0';

/** What can be told of the file before it is opened; `name` is what people know it by. Throws STORE_DAMAGED. */
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
  if (header.toString('latin1') !== HEADER) throw damaged(name, 'is no SQLite database');
}

/** That it is ours and whole. Throws STORE_DAMAGED, STORE_FOREIGN. */
export function checkContent(database: DatabaseSync, name: string): void {
  const problem = database.prepare('PRAGMA quick_check(1)').get()?.quick_check;
  if (problem !== 'ok') throw damaged(name, `is damaged (${String(problem).slice(0, 200)})`);
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all()
    .map((row) => String(row.name));
  if (tables.length === 0) throw damaged(name, 'has no tables');
  const id = Number(database.prepare('PRAGMA application_id').get()?.application_id);
  // Those of version 0.1 have no number.
  if (id === APPLICATION_ID || (id === 0 && OWN_TABLES.every((own) => tables.includes(own)))) return;
  throw new MoonshareError('STORE_FOREIGN', { message: `${name} is the database of another program` });
}

/** The file is there, but not what was stored. */
export function damaged(name: string, how: string, cause?: unknown): MoonshareError {
  return new MoonshareError('STORE_DAMAGED', { message: `The database ${name} ${how}`, cause });
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
export function isDamage(error: Error): boolean {
  return 'errcode' in error && typeof error.errcode === 'number' && [11, 26].includes(error.errcode & 0xff);
}
