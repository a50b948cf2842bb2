import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';

const traitsSchema = z.object({
  sessions: z.enum(['perClient', 'shared']).nullable(),
  relaunchPause: z.boolean().nullable(),
});
/** What was learned of a host from how it behaves. */
export type LearnedTraits = z.infer<typeof traitsSchema>;

export class HostTraitsStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  get(hostId: number): LearnedTraits | undefined {
    const row = this.#database.prepare('SELECT traits FROM host_traits WHERE host_id = ?').get(hostId);
    return row === undefined ? undefined : traitsSchema.safeParse(JSON.parse(String(row.traits))).data;
  }

  save(hostId: number, traits: LearnedTraits): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO host_traits (host_id, traits) VALUES (?, ?)')
      .run(hostId, JSON.stringify(traits));
  }
}
