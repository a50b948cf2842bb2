import assert from 'node:assert/strict';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { type ErrorCode, MoonshareError } from '@moonshare/contract';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { openDatabase } from './database.ts';
import { HostStore } from './host-store.ts';

function used(context: TestContext): { directory: string; file: string } {
  const directory = temporaryDirectory(context, 'moonshare-check-');
  const database = openDatabase(directory);
  const hosts = new HostStore(database);
  for (let at = 0; at < 200; at++) hosts.add({ address: `host-${at}.example`, httpPort: 47_989 });
  database.close();
  return { directory, file: join(directory, 'moonshare.db') };
}

function refused(directory: string, code: ErrorCode, message: RegExp): void {
  assert.throws(
    () => openDatabase(directory),
    (error) => error instanceof MoonshareError && error.code === code && message.test(error.message),
  );
}

test('an emptied database does not count as a new installation', (context) => {
  const { directory, file } = used(context);
  truncateSync(file, 0);
  refused(directory, 'STORE_DAMAGED', /is empty/);
  assert.equal(readFileSync(file).length, 0, 'and is left as it is');
});

test('a log without its database does not count as a new installation', (context) => {
  const { directory, file } = used(context);
  rmSync(file);
  writeFileSync(`${file}-wal`, 'what was not written back');
  refused(directory, 'STORE_DAMAGED', /is missing/);
});

test('a file that is not a database, and one with damaged pages, are reported as such', (context) => {
  const { directory, file } = used(context);
  const whole = readFileSync(file);
  writeFileSync(file, 'a text, longer than the header of a database is');
  refused(directory, 'STORE_DAMAGED', /is not an SQLite database/);
  const broken = Buffer.from(whole);
  broken.fill(0xa5, 4096 + 100, broken.length - 4096);
  writeFileSync(file, broken);
  refused(directory, 'STORE_DAMAGED', /is damaged/);
  writeFileSync(file, whole);
  const database = openDatabase(directory);
  assert.equal(new HostStore(database).list().length, 200);
  database.close();
});

test('the database of another program is left alone', (context) => {
  const directory = temporaryDirectory(context, 'moonshare-check-');
  const file = join(directory, 'moonshare.db');
  const other = new DatabaseSync(file);
  other.exec('CREATE TABLE notes (text); PRAGMA user_version = 1');
  other.close();
  const before = readFileSync(file);
  refused(directory, 'STORE_FOREIGN', /another program/);
  assert.deepEqual(readFileSync(file), before);
});

test('a database without tables does not count as a new installation', (context) => {
  const { directory, file } = used(context);
  rmSync(file);
  const bare = new DatabaseSync(file);
  bare.exec('PRAGMA user_version = 1');
  bare.close();
  refused(directory, 'STORE_DAMAGED', /no tables/);
});

test('a database of version 0.1 is accepted, although it has no application ID', (context) => {
  const { directory, file } = used(context);
  const old = new DatabaseSync(file);
  old.exec('PRAGMA application_id = 0');
  old.close();
  openDatabase(directory).close();
});
