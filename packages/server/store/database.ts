import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MoonshareError } from '@moonshare/contract';

/** Step n takes a database from `user_version` n to n + 1. Steps that were released never change. */
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
];

/**
 * Opens the database in `directory`, which is made if missing. One server per directory:
 * a second one gets DATA_IN_USE, as both would use the same client certificates.
 */
export function openDatabase(directory: string): DatabaseSync {
  const path = createFile(directory);
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: true });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    database.exec('BEGIN EXCLUSIVE; COMMIT');
    migrate(database);
    return database;
  } catch (cause) {
    database.close();
    if (cause instanceof Error && /locked|busy/.test(cause.message)) {
      throw new MoonshareError('DATA_IN_USE', {
        message: `Another moonshare uses the data directory ${directory}`,
        cause,
      });
    }
    throw cause;
  }
}

/** The file is for its owner only, and so is the directory if it is new; SQLite gives its side files the same mode. */
function createFile(directory: string): string {
  const path = join(directory, 'moonshare.db');
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
    return path;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : 'unknown reason';
    throw new MoonshareError('CONFIG_INVALID', {
      message: `The data directory ${directory} cannot be used (${code})`,
      hint: 'Set MOONSHARE_DATA to a directory that this user may write to.',
      cause,
    });
  }
}

function migrate(database: DatabaseSync): void {
  const row = database.prepare('PRAGMA user_version').get();
  const version = Number(row?.user_version);
  if (version > MIGRATIONS.length) {
    throw new MoonshareError('CONFIG_INVALID', {
      message: `The database has version ${version}; this moonshare knows ${MIGRATIONS.length}`,
      hint: 'Use the newer moonshare that wrote it, or another MOONSHARE_DATA.',
    });
  }
  for (let step = version; step < MIGRATIONS.length; step++) {
    transaction(database, () => database.exec(`${MIGRATIONS[step]}; PRAGMA user_version = ${step + 1}`));
  }
}

/** All of `work` or nothing of it. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

/** 32 random bytes that stay the same as long as the database does. */
export function persistentSecret(database: DatabaseSync, name: string): Uint8Array {
  database.prepare('INSERT OR IGNORE INTO secrets (name, value) VALUES (?, ?)').run(name, randomBytes(32));
  const value = database.prepare('SELECT value FROM secrets WHERE name = ?').get(name)?.value;
  if (!(value instanceof Uint8Array))
    throw new MoonshareError('INTERNAL', { message: `No secret ${name} in the database` });
  return value;
}
