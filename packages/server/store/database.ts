import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, existsSync, linkSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MoonshareError } from '@moonshare/contract';
import { APPLICATION_ID, checkContent, checkFile, damaged, isDamage } from './database-check.ts';
import { isUnwritable } from './pending-writes.ts';

/** Step n migrates a database from `user_version` n to n + 1. Released steps never change. */
const MIGRATIONS = [
  `CREATE TABLE hosts (
     id INTEGER PRIMARY KEY,
     address TEXT NOT NULL,
     http_port INTEGER NOT NULL,
     certificate TEXT,
     info TEXT,
     UNIQUE (address, http_port)
   ) STRICT;
   CREATE TABLE client_certificates (
     id INTEGER PRIMARY KEY,
     host_id INTEGER NOT NULL REFERENCES hosts ON UPDATE CASCADE ON DELETE CASCADE,
     certificate TEXT NOT NULL,
     private_key TEXT NOT NULL,
     last_client_unique_id TEXT,
     last_used_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX client_certificates_host ON client_certificates (host_id);
   CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;`,
  `CREATE TABLE users (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     name TEXT NOT NULL UNIQUE COLLATE NOCASE,
     role TEXT NOT NULL,
     password TEXT NOT NULL,
     generation INTEGER NOT NULL DEFAULT 0,
     created_at INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE sessions (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
     digest BLOB NOT NULL,
     expires_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX sessions_user ON sessions (user_id);
   CREATE TABLE api_tokens (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     user_id INTEGER REFERENCES users ON DELETE CASCADE,
     name TEXT NOT NULL,
     scopes TEXT NOT NULL,
     digest BLOB NOT NULL,
     created_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX api_tokens_user ON api_tokens (user_id);
   CREATE TABLE join_links (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     streamer_id TEXT NOT NULL,
     role TEXT NOT NULL,
     digest BLOB NOT NULL,
     pin TEXT,
     max_uses INTEGER,
     uses INTEGER NOT NULL DEFAULT 0,
     created_by TEXT,
     created_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX join_links_streamer ON join_links (streamer_id);`,
  `CREATE TABLE wanted_streamers (
     streamer_id TEXT PRIMARY KEY,
     host_id INTEGER NOT NULL REFERENCES hosts ON UPDATE CASCADE ON DELETE CASCADE,
     request TEXT NOT NULL
   ) STRICT;
   CREATE INDEX wanted_streamers_host ON wanted_streamers (host_id);
   CREATE TABLE running (id INTEGER PRIMARY KEY) STRICT;`,
  'CREATE TABLE streamer_processes (pid INTEGER PRIMARY KEY, birth TEXT NOT NULL) STRICT;',
  `ALTER TABLE api_tokens ADD COLUMN made_by_token INTEGER REFERENCES api_tokens ON DELETE CASCADE;
   CREATE INDEX api_tokens_made_by ON api_tokens (made_by_token);
   ALTER TABLE join_links ADD COLUMN user_id INTEGER REFERENCES users ON DELETE CASCADE;
   ALTER TABLE join_links ADD COLUMN token_id INTEGER REFERENCES api_tokens ON DELETE CASCADE;
   UPDATE join_links SET user_id = (SELECT id FROM users WHERE users.name = join_links.created_by);
   DELETE FROM join_links WHERE created_by IS NOT NULL AND user_id IS NULL;
   CREATE INDEX join_links_user ON join_links (user_id);
   CREATE INDEX join_links_token ON join_links (token_id);`,
  `CREATE TABLE launched_apps (
     certificate_id INTEGER PRIMARY KEY REFERENCES client_certificates ON DELETE CASCADE,
     app_id INTEGER NOT NULL,
     state TEXT NOT NULL
   ) STRICT;
   CREATE TABLE host_traits (
     host_id INTEGER PRIMARY KEY REFERENCES hosts ON UPDATE CASCADE ON DELETE CASCADE,
     traits TEXT NOT NULL
   ) STRICT;`,
  // An owner is not a reference: when the user is gone, the number belongs to no one and is never reused.
  `ALTER TABLE wanted_streamers ADD COLUMN owner_id INTEGER;
   ALTER TABLE join_links ADD COLUMN owner_id INTEGER;
   CREATE TABLE streamer_shares (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     streamer_id TEXT NOT NULL,
     owner_id INTEGER,
     user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
     role TEXT NOT NULL,
     given_by INTEGER REFERENCES users ON DELETE CASCADE,
     token_id INTEGER REFERENCES api_tokens ON DELETE CASCADE,
     created_at INTEGER NOT NULL,
     UNIQUE (streamer_id, user_id)
   ) STRICT;
   CREATE INDEX streamer_shares_user ON streamer_shares (user_id);
   CREATE INDEX streamer_shares_given_by ON streamer_shares (given_by);
   CREATE INDEX streamer_shares_token ON streamer_shares (token_id);`,
  'ALTER TABLE join_links ADD COLUMN name TEXT;',
  `CREATE TABLE webhooks (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     url TEXT NOT NULL,
     events TEXT NOT NULL,
     secret TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     failing_since INTEGER,
     disabled_at INTEGER
   ) STRICT;
   CREATE TABLE webhook_deliveries (
     id TEXT PRIMARY KEY,
     webhook_id INTEGER NOT NULL REFERENCES webhooks ON DELETE CASCADE,
     event TEXT NOT NULL,
     body TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     state TEXT NOT NULL,
     attempts INTEGER NOT NULL,
     status INTEGER,
     error TEXT,
     next_attempt_at INTEGER
   ) STRICT;
   CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries (webhook_id);`,
  'ALTER TABLE join_links ADD COLUMN vouched INTEGER NOT NULL DEFAULT 0;',
];

export const DATABASE_FILE = 'moonshare.db';

/**
 * Opens the database in `directory`, which is created if missing. One server per directory: a second one gets DATA_IN_USE, as
 * both would use the same client certificates. An existing file is never replaced by a new installation. Throws STORE_DAMAGED,
 * STORE_FOREIGN, STORE_UNWRITABLE and CONFIG_INVALID.
 */
export function openDatabase(directory: string): DatabaseSync {
  const path = join(directory, DATABASE_FILE);
  makeUsable(directory, () => {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (!existsSync(path) && !existsSync(`${path}-wal`)) createDatabase(path);
    checkFile(path);
    chmodSync(path, 0o600);
  });
  return openChecked(path);
}

/** Opens an existing database that is intact and ours; `name` is its name in messages. */
export function openChecked(path: string, name = path): DatabaseSync {
  checkFile(path, name);
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: true });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    // Before anything is written: the database of another program is left untouched.
    checkContent(database, name);
    checkVersion(database);
    lock(database);
    migrate(database);
    return database;
  } catch (cause) {
    database.close();
    throw openError(cause, name);
  }
}

function lock(database: DatabaseSync): void {
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  // Also the first write: a disk that accepts none is noticed here, before anything listens.
  database.exec('BEGIN EXCLUSIVE');
  const { user_version: version } = database.prepare('PRAGMA user_version').get() ?? {};
  database.exec(`PRAGMA user_version = ${Number(version)}; COMMIT`);
}

function openError(cause: unknown, name: string): unknown {
  if (cause instanceof MoonshareError || !(cause instanceof Error)) return cause;
  if (/locked|busy/.test(cause.message)) {
    return new MoonshareError('DATA_IN_USE', {
      message: `Another Moonshare server is using the database ${name}`,
      cause,
    });
  }
  if (isDamage(cause)) return damaged(name, 'is damaged', cause);
  if (isUnwritable(cause)) {
    return new MoonshareError('STORE_UNWRITABLE', { message: `The database ${name} cannot be written`, cause });
  }
  return cause;
}

/** Only its owner can access the file, and the directory if it is new; SQLite gives its side files the same mode. */
function createDatabase(path: string): void {
  // It gets its name when it is complete, so that an interrupted start leaves no empty database behind.
  const making = `${path}.new-${process.pid}`;
  closeSync(openSync(making, 'w', 0o600));
  try {
    const database = new DatabaseSync(making);
    try {
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA journal_mode = WAL`);
      migrate(database);
    } finally {
      database.close();
    }
    linkSync(making, path);
  } catch (error) {
    // Another server was faster, so its database counts.
    if (!existsSync(path)) throw error;
  } finally {
    rmSync(making, { force: true });
  }
}

function makeUsable(directory: string, make: () => void): void {
  try {
    make();
  } catch (cause) {
    if (cause instanceof MoonshareError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? cause.code : 'unknown reason';
    throw new MoonshareError('CONFIG_INVALID', {
      message: `The data directory ${directory} cannot be used (${code})`,
      hint: 'Set MOONSHARE_DATA to a directory that this user can write to.',
      cause,
    });
  }
}

/** Throws CONFIG_INVALID for a database of a newer version. */
function checkVersion(database: DatabaseSync): number {
  const row = database.prepare('PRAGMA user_version').get();
  const version = Number(row?.user_version);
  if (version <= MIGRATIONS.length) return version;
  throw new MoonshareError('CONFIG_INVALID', {
    message: `The database has version ${version}; this version of Moonshare knows up to ${MIGRATIONS.length}`,
    hint: 'Use the newer version of Moonshare that wrote it, or set MOONSHARE_DATA to another directory.',
  });
}

function migrate(database: DatabaseSync): void {
  const version = checkVersion(database);
  for (let step = version; step < MIGRATIONS.length; step++) {
    transaction(database, () => database.exec(`${MIGRATIONS[step]}; PRAGMA user_version = ${step + 1}`));
  }
}

/** Does all of `work` or nothing. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite does so itself if the disk is full or fails.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** 32 random bytes that stay the same as long as the database exists. */
export function persistentSecret(database: DatabaseSync, name: string): Uint8Array {
  database.prepare('INSERT OR IGNORE INTO secrets (name, value) VALUES (?, ?)').run(name, randomBytes(32));
  const value = database.prepare('SELECT value FROM secrets WHERE name = ?').get(name)?.value;
  if (!(value instanceof Uint8Array))
    throw new MoonshareError('INTERNAL', { message: `No secret ${name} in the database` });
  return value;
}
