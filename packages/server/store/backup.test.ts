import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { backupDatabase, backupInto, restoreDatabase } from './backup.ts';
import { openDatabase, transaction } from './database.ts';
import { HostStore } from './host-store.ts';

const NOW = new Date('2026-11-30T10:00:00.000Z');
const STAMP = '2026-11-30T10-00-00-000Z';

function place(context: TestContext): { data: string; outside: string } {
  const root = temporaryDirectory(context, 'moonshare-backup-');
  return { data: join(root, 'data'), outside: join(root, 'backup.db') };
}

function addresses(data: string): string[] {
  const database = openDatabase(data);
  const found = new HostStore(database).list().map(({ address }) => address);
  database.close();
  return found;
}

test('a backup is a snapshot of the database, taken while it is in use', async (context) => {
  const { data, outside } = place(context);
  const database = openDatabase(data);
  const hosts = new HostStore(database);
  hosts.add({ address: 'before', httpPort: 1 });
  const { path } = await backupInto(data, database, NOW);
  assert.equal(path, join(data, 'backups', `moonshare-${STAMP}.db`));
  assert.equal(statSync(path).mode & 0o777, 0o600);
  hosts.add({ address: 'after', httpPort: 1 });
  transaction(database, () => hosts.add({ address: 'later', httpPort: 1 }));
  const made = await backupDatabase(database, outside);
  assert.equal(made.bytes, statSync(outside).size);
  database.close();
  assert.deepEqual(addresses(data), ['before', 'after', 'later']);
  restoreDatabase(data, path, NOW);
  assert.deepEqual(addresses(data), ['before']);
  restoreDatabase(data, outside, new Date(NOW.getTime() + 1));
  assert.deepEqual(addresses(data), ['before', 'after', 'later']);
});

test('a backup replaces no file, and leaves nothing incomplete behind', async (context) => {
  const { data, outside } = place(context);
  const database = openDatabase(data);
  writeFileSync(outside, 'mine');
  await assert.rejects(backupDatabase(database, outside), { code: 'BAD_REQUEST' });
  assert.equal(readFileSync(outside, 'utf8'), 'mine');
  database.close();
  assert.deepEqual(readdirSync(data), ['moonshare.db']);
});

test('a restore keeps the previous database, even a damaged one', async (context) => {
  const { data, outside } = place(context);
  const database = openDatabase(data);
  new HostStore(database).add({ address: 'box', httpPort: 1 });
  await backupDatabase(database, outside);
  database.close();
  truncateSync(join(data, 'moonshare.db'), 0);
  const { kept } = restoreDatabase(data, outside, NOW);
  assert.equal(kept, join(data, `moonshare.db.replaced-${STAMP}`));
  assert.equal(statSync(kept).size, 0);
  assert.deepEqual(addresses(data), ['box']);
});

test('a file that is not a backup is refused before anything is touched', (context) => {
  const { data, outside } = place(context);
  openDatabase(data).close();
  writeFileSync(outside, 'a text, longer than the header of a database is');
  assert.throws(() => restoreDatabase(data, outside), { code: 'STORE_DAMAGED' });
  assert.throws(() => restoreDatabase(data, join(data, 'missing.db')), { code: 'STORE_DAMAGED' });
  assert.deepEqual(readdirSync(data), ['moonshare.db']);
});

test('nothing is restored while a server is running', async (context) => {
  const { data, outside } = place(context);
  const database = openDatabase(data);
  await backupDatabase(database, outside);
  assert.throws(() => restoreDatabase(data, outside), { code: 'DATA_IN_USE' });
  database.close();
});
