import type { DatabaseSync } from 'node:sqlite';
import type { ClientIdentity } from '@moonshare/gamestream';
import { z } from 'zod';
import { RecordTable } from './record-table.ts';

const certificateSchema = z
  .object({
    id: z.int(),
    certificate: z.string(),
    privateKey: z.string(),
    lastClientUniqueId: z.string().nullable(),
    /** Milliseconds since 1970. */
    lastUsedAt: z.int(),
  })
  .transform(({ certificate, privateKey, ...row }) => ({ ...row, identity: { certificate, privateKey } }));
/** A client certificate that is paired with one host. */
export type ClientCertificate = z.output<typeof certificateSchema>;

export class CertificateStore {
  readonly #table: RecordTable<ClientCertificate>;

  constructor(database: DatabaseSync) {
    this.#table = new RecordTable(database, 'client_certificates', certificateSchema);
  }

  /** Least recently used first. */
  list(hostId: number): ClientCertificate[] {
    return this.#table.select('WHERE host_id = ? ORDER BY last_used_at, id', hostId);
  }

  add(hostId: number, { certificate, privateKey }: ClientIdentity): ClientCertificate {
    const id = this.#table.insert({ hostId, certificate, privateKey, lastUsedAt: 0 })!;
    return { id, identity: { certificate, privateKey }, lastClientUniqueId: null, lastUsedAt: 0 };
  }

  markUsed(id: number, clientUniqueId: string, now: number): void {
    this.#table.update('last_client_unique_id = ?, last_used_at = ? WHERE id = ?', clientUniqueId, now, id);
  }

  remove(id: number): void {
    this.#table.delete('id = ?', id);
  }

  removeAll(hostId: number): void {
    this.#table.delete('host_id = ?', hostId);
  }
}
