import { z } from 'zod';
import { RecordTable } from './record-table.ts';

const processSchema = z
  .object({ pid: z.int(), birth: z.string() })
  .transform(({ pid, birth }) => ({ pid, identity: birth }));
/** A process and what distinguishes it from any other with its number. */
export type KnownProcess = z.output<typeof processSchema>;

/** Streamer processes that are running, or were when a server was killed. */
export class ProcessStore extends RecordTable<KnownProcess> {
  protected readonly table = 'streamer_processes';
  protected readonly schema = processSchema;

  list(): KnownProcess[] {
    return this.select('');
  }

  add({ pid, identity }: KnownProcess): void {
    this.insert({ pid, birth: identity }, 'REPLACE');
  }

  remove({ pid, identity }: KnownProcess): void {
    this.delete('pid = ? AND birth = ?', pid, identity);
  }
}
