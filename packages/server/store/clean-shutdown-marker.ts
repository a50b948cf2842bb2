import type { DatabaseSync } from 'node:sqlite';

/** Says in the database that a server runs. Whether the one before was killed: its mark is still there. */
export function markRunning(database: DatabaseSync): { wasKilled: boolean } {
  const { changes } = database.prepare('INSERT OR IGNORE INTO running (id) VALUES (1)').run();
  return { wasKilled: changes === 0 };
}

/** Writes what is there already: whether the database takes writes. */
export function rewriteMarker(database: DatabaseSync): void {
  database.prepare('UPDATE running SET id = id').run();
}

/** The server ends in order. */
export function markCleanShutdown(database: DatabaseSync): void {
  database.prepare('DELETE FROM running').run();
}
