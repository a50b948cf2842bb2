import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';

const rowSchema = z.object({ pid: z.int(), identity: z.string() });

/** A process and what tells it from any other with its number. */
export type KnownProcess = z.infer<typeof rowSchema>;

/** Streamer processes that run, or ran when a server was killed. */
export class ProcessStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  list(): KnownProcess[] {
    return this.#database
      .prepare('SELECT pid, birth AS identity FROM streamer_processes')
      .all()
      .map((row) => rowSchema.parse(row));
  }

  add({ pid, identity }: KnownProcess): void {
    this.#database.prepare('INSERT OR REPLACE INTO streamer_processes (pid, birth) VALUES (?, ?)').run(pid, identity);
  }

  remove({ pid, identity }: KnownProcess): void {
    this.#database.prepare('DELETE FROM streamer_processes WHERE pid = ? AND birth = ?').run(pid, identity);
  }
}
