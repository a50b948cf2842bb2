import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { RecordTable } from './record-table.ts';

const launchedAppSchema = z.object({
  certificateId: z.int(),
  appId: z.int(),
  state: z.enum(['running', 'left', 'ending']),
});
/**
 * An app that a client certificate of ours has started on its host and that has not ended, as far as we know. `running`: a
 * streamer is on it, or was when its server was killed; `left`: it is to run on; `ending`: it is to be ended.
 */
export type LaunchedApp = z.infer<typeof launchedAppSchema>;

export class LaunchedAppStore {
  readonly #table: RecordTable<LaunchedApp>;

  constructor(database: DatabaseSync) {
    this.#table = new RecordTable(database, 'launched_apps', launchedAppSchema);
  }

  list(hostId: number): LaunchedApp[] {
    const ofHost = 'certificate_id IN (SELECT id FROM client_certificates WHERE host_id = ?)';
    return this.#table.select(`WHERE ${ofHost} ORDER BY certificate_id`, hostId);
  }

  save({ certificateId, appId, state }: LaunchedApp): void {
    this.#table.insert({ certificateId, appId, state }, 'REPLACE');
  }

  remove(certificateId: number): void {
    this.#table.delete('certificate_id = ?', certificateId);
  }
}
