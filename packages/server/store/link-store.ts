import type { DatabaseSync } from 'node:sqlite';
import { roleSchema } from '@moonshare/contract';
import { z } from 'zod';
import { blob, RecordTable } from './record-table.ts';

const linkSchema = z.object({
  id: z.int(),
  streamerId: z.string(),
  role: roleSchema,
  /** SHA-256 of the secret. */
  digest: blob,
  /** Hashed like passwords. */
  pin: z.string().nullable(),
  maxUses: z.int().nullable(),
  uses: z.int(),
  /** The name of the user who created it, for display. */
  createdBy: z.string().nullable(),
  /** Whose rights it follows, and the API token that created it; null: the shared credentials, or no token. */
  userId: z.int().nullable(),
  tokenId: z.int().nullable(),
  /** The owner of the streamer when the link was created; null: the shared credentials. */
  ownerId: z.int().nullable(),
  createdAt: z.int(),
  expiresAt: z.int(),
});
export type LinkRecord = z.infer<typeof linkSchema>;

export class LinkStore {
  readonly #table: RecordTable<LinkRecord>;

  constructor(database: DatabaseSync) {
    this.#table = new RecordTable(database, 'join_links', linkSchema);
  }

  list(streamerId: string): LinkRecord[] {
    return this.#table.select('WHERE streamer_id = ? ORDER BY id', streamerId);
  }

  /** Those that follow the rights of this user. */
  ofUser(userId: number): LinkRecord[] {
    return this.#table.select('WHERE user_id = ?', userId);
  }

  /** Those created by this API token. */
  ofToken(tokenId: number): LinkRecord[] {
    return this.#table.select('WHERE token_id = ?', tokenId);
  }

  byId(id: number): LinkRecord | undefined {
    return this.#table.select('WHERE id = ?', id)[0];
  }

  add(link: Omit<LinkRecord, 'id' | 'uses'>): number {
    return this.#table.insert(link)!;
  }

  /** Counts one use. False: there is none left. */
  use(id: number): boolean {
    return this.#table.update('uses = uses + 1 WHERE id = ? AND (max_uses IS NULL OR uses < max_uses)', id) === 1;
  }

  removeExpired(now: number): void {
    this.#table.delete('expires_at <= ?', now);
  }

  /** All of them or, if the database cannot be written, none. */
  removeAll(ids: readonly number[]): void {
    this.#table.deleteAll(ids);
  }
}
