import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { RecordTable } from './record-table.ts';

const traitsSchema = z.object({
  sessions: z.enum(['perClient', 'shared']).nullable(),
  relaunchPause: z.boolean().nullable(),
});
/** What was learned about a host from its behaviour. */
export type LearnedTraits = z.infer<typeof traitsSchema>;

const rowSchema = z.object({ traits: z.string() });

export class HostTraitsStore {
  readonly #table: RecordTable<z.infer<typeof rowSchema>>;

  constructor(database: DatabaseSync) {
    this.#table = new RecordTable(database, 'host_traits', rowSchema);
  }

  get(hostId: number): LearnedTraits | undefined {
    const [row] = this.#table.select('WHERE host_id = ?', hostId);
    return row === undefined ? undefined : traitsSchema.safeParse(JSON.parse(row.traits)).data;
  }

  save(hostId: number, traits: LearnedTraits): void {
    this.#table.insert({ hostId, traits: JSON.stringify(traits) }, 'REPLACE');
  }
}
