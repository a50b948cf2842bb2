import type { DatabaseSync } from 'node:sqlite';
import type { ClientIdentity } from '@moonshare/gamestream';
import { z } from 'zod';

/** A client certificate that one host has paired. */
export interface ClientCertificate {
  id: number;
  identity: ClientIdentity;
  lastClientUniqueId: string | null;
  /** Milliseconds since 1970. */
  lastUsedAt: number;
}

const rowSchema = z
  .object({
    id: z.int(),
    certificate: z.string(),
    private_key: z.string(),
    last_client_unique_id: z.string().nullable(),
    last_used_at: z.int(),
  })
  .transform(
    (row): ClientCertificate => ({
      id: row.id,
      identity: { certificate: row.certificate, privateKey: row.private_key },
      lastClientUniqueId: row.last_client_unique_id,
      lastUsedAt: row.last_used_at,
    }),
  );

export class CertificateStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Longest unused first. */
  list(hostId: number): ClientCertificate[] {
    return this.#database
      .prepare('SELECT * FROM client_certificates WHERE host_id = ? ORDER BY last_used_at, id')
      .all(hostId)
      .map((row) => rowSchema.parse(row));
  }

  add(hostId: number, identity: ClientIdentity): ClientCertificate {
    const { lastInsertRowid } = this.#database
      .prepare('INSERT INTO client_certificates (host_id, certificate, private_key, last_used_at) VALUES (?, ?, ?, 0)')
      .run(hostId, identity.certificate, identity.privateKey);
    return { id: Number(lastInsertRowid), identity, lastClientUniqueId: null, lastUsedAt: 0 };
  }

  markUsed(id: number, clientUniqueId: string, now: number): void {
    this.#database
      .prepare('UPDATE client_certificates SET last_client_unique_id = ?, last_used_at = ? WHERE id = ?')
      .run(clientUniqueId, now, id);
  }

  remove(id: number): void {
    this.#database.prepare('DELETE FROM client_certificates WHERE id = ?').run(id);
  }

  removeAll(hostId: number): void {
    this.#database.prepare('DELETE FROM client_certificates WHERE host_id = ?').run(hostId);
  }
}
