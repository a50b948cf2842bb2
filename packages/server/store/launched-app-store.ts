import { z } from 'zod';
import { RecordTable } from './record-table.ts';

const launchedAppSchema = z.object({
  certificateId: z.int(),
  appId: z.int(),
  state: z.enum(['running', 'left', 'ending']),
});
/**
 * An app that one of our client certificates has started on its host and that, as far as we know, has not ended. `running`: a
 * streamer uses it, or did when its server was killed; `left`: it should keep running; `ending`: it should be ended.
 */
export type LaunchedApp = z.infer<typeof launchedAppSchema>;

export class LaunchedAppStore extends RecordTable<LaunchedApp> {
  protected readonly table = 'launched_apps';
  protected readonly schema = launchedAppSchema;

  list(hostId: number): LaunchedApp[] {
    const ofHost = 'certificate_id IN (SELECT id FROM client_certificates WHERE host_id = ?)';
    return this.select(`WHERE ${ofHost} ORDER BY certificate_id`, hostId);
  }

  save({ certificateId, appId, state }: LaunchedApp): void {
    this.insert({ certificateId, appId, state }, 'REPLACE');
  }

  remove(certificateId: number): void {
    this.delete('certificate_id = ?', certificateId);
  }
}
