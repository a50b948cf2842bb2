import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';

const rowSchema = z
  .object({ certificate_id: z.int(), app_id: z.int(), state: z.enum(['running', 'left', 'ending']) })
  .transform((row) => ({ certificateId: row.certificate_id, appId: row.app_id, state: row.state }));

/**
 * An app that a client certificate of ours has started on its host and that has not ended, as far as we know. `running`: a
 * streamer is on it, or was when its server was killed; `left`: it is to run on; `ending`: it is to be ended.
 */
export type LaunchedApp = z.output<typeof rowSchema>;

export class LaunchedAppStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  list(hostId: number): LaunchedApp[] {
    return this.#database
      .prepare(
        `SELECT certificate_id, app_id, state FROM launched_apps
         JOIN client_certificates ON client_certificates.id = certificate_id WHERE host_id = ? ORDER BY certificate_id`,
      )
      .all(hostId)
      .map((row) => rowSchema.parse(row));
  }

  save({ certificateId, appId, state }: LaunchedApp): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO launched_apps (certificate_id, app_id, state) VALUES (?, ?, ?)')
      .run(certificateId, appId, state);
  }

  remove(certificateId: number): void {
    this.#database.prepare('DELETE FROM launched_apps WHERE certificate_id = ?').run(certificateId);
  }
}
