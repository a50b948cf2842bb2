import { z } from 'zod';
import { RecordTable } from './record-table.ts';

const traitsSchema = z.object({
  sessions: z.enum(['perClient', 'shared']).nullable(),
  relaunchPause: z.boolean().nullable(),
});
/** What was learned about a host from its behaviour. */
export type LearnedTraits = z.infer<typeof traitsSchema>;

const rowSchema = z.object({ traits: z.string() });

export class HostTraitsStore extends RecordTable<z.infer<typeof rowSchema>> {
  protected readonly table = 'host_traits';
  protected readonly schema = rowSchema;

  get(hostId: number): LearnedTraits | undefined {
    const [row] = this.select('WHERE host_id = ?', hostId);
    return row === undefined ? undefined : traitsSchema.safeParse(JSON.parse(row.traits)).data;
  }

  save(hostId: number, traits: LearnedTraits): void {
    this.insert({ hostId, traits: JSON.stringify(traits) }, 'REPLACE');
  }
}
