import type { DatabaseSync } from 'node:sqlite';
import { roleSchema } from '@moonshare/contract';
import { z } from 'zod';
import { transaction } from './database.ts';
import { RecordTable } from './record-table.ts';

const shareSchema = z.object({
  id: z.int(),
  streamerId: z.string(),
  /** The owner of the streamer when it was shared; null: the shared credentials. */
  ownerId: z.int().nullable(),
  /** The user it is shared with. */
  userId: z.int(),
  role: roleSchema,
  /** Whose rights it follows, and the API token that created it; null: the shared credentials, or no token. */
  givenBy: z.int().nullable(),
  tokenId: z.int().nullable(),
  createdAt: z.int(),
});
export type ShareRecord = z.infer<typeof shareSchema>;

/** Whom streamers are shared with: one row for each streamer and user. */
export class ShareStore {
  readonly #database: DatabaseSync;
  readonly #table: RecordTable<ShareRecord>;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#table = new RecordTable(database, 'streamer_shares', shareSchema);
  }

  all(): ShareRecord[] {
    return this.#table.select('ORDER BY id');
  }

  list(streamerId: string): ShareRecord[] {
    return this.#table.select('WHERE streamer_id = ? ORDER BY id', streamerId);
  }

  /** Those that follow the rights of this user. */
  givenBy(userId: number): ShareRecord[] {
    return this.#table.select('WHERE given_by = ?', userId);
  }

  /** Those created by this API token. */
  ofToken(tokenId: number): ShareRecord[] {
    return this.#table.select('WHERE token_id = ?', tokenId);
  }

  byId(id: number): ShareRecord | undefined {
    return this.#table.select('WHERE id = ?', id)[0];
  }

  /** Replaces this user’s share of this streamer, if any. Returns its number. */
  put(share: Omit<ShareRecord, 'id'>): number {
    return transaction(this.#database, () => {
      this.#table.delete('streamer_id = ? AND user_id = ?', share.streamerId, share.userId);
      return this.#table.insert(share)!;
    });
  }

  /** Changes the role of a share, and whose rights it follows. */
  change(id: number, { role, givenBy, tokenId }: Pick<ShareRecord, 'role' | 'givenBy' | 'tokenId'>): void {
    this.#table.update('role = ?, given_by = ?, token_id = ? WHERE id = ?', role, givenBy, tokenId, id);
  }

  /** All of them or, if the database cannot be written, none. */
  removeAll(ids: readonly number[]): void {
    this.#table.deleteAll(ids);
  }
}
