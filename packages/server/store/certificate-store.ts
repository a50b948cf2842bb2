import type { ClientIdentity } from '@moonshare/gamestream';
import { z } from 'zod';
import { NumberedTable } from './record-table.ts';

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

export class CertificateStore extends NumberedTable<ClientCertificate> {
  protected readonly table = 'client_certificates';
  protected readonly schema = certificateSchema;

  /** Least recently used first. */
  list(hostId: number): ClientCertificate[] {
    return this.select('WHERE host_id = ? ORDER BY last_used_at, id', hostId);
  }

  add(hostId: number, { certificate, privateKey }: ClientIdentity): ClientCertificate {
    const id = this.insert({ hostId, certificate, privateKey, lastUsedAt: 0 })!;
    return { id, identity: { certificate, privateKey }, lastClientUniqueId: null, lastUsedAt: 0 };
  }

  markUsed(id: number, clientUniqueId: string, now: number): void {
    this.update('last_client_unique_id = ?, last_used_at = ? WHERE id = ?', clientUniqueId, now, id);
  }

  removeAllOf(hostId: number): void {
    this.delete('host_id = ?', hostId);
  }
}
