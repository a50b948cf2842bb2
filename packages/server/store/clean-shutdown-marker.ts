import type { DatabaseSync } from 'node:sqlite';

/** Marks in the database that a server is running. If the mark of the previous one is still there, it was killed. */
export function markRunning(database: DatabaseSync): { wasKilled: boolean } {
  const { changes } = database.prepare('INSERT OR IGNORE INTO running (id) VALUES (1)').run();
  return { wasKilled: changes === 0 };
}

/** Writes what is already there, to see whether the database accepts writes. */
export function rewriteMarker(database: DatabaseSync): void {
  database.prepare('UPDATE running SET id = id').run();
}

/** The server shuts down cleanly. */
export function markCleanShutdown(database: DatabaseSync): void {
  database.prepare('DELETE FROM running').run();
}
