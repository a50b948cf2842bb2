import type { DatabaseSync } from 'node:sqlite';
import { roleSchema } from '@moonshare/contract';
import { z } from 'zod';
import { transaction } from './database.ts';
import { RecordTable } from './record-table.ts';

const shareSchema = z.object({
  id: z.int(),
  streamerId: z.string(),
  /** Whose the streamer was when it was shared; null: the shared credentials'. */
  ownerId: z.int().nullable(),
  /** With whom. */
  userId: z.int(),
  role: roleSchema,
  /** Whose rights it follows, and the API token that made it; null: made with the shared credentials, or by no token. */
  givenBy: z.int().nullable(),
  tokenId: z.int().nullable(),
  createdAt: z.int(),
});
export type ShareRecord = z.infer<typeof shareSchema>;

/** With whom streamers are shared: one row for each streamer and user. */
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

  /** Those that this API token made. */
  ofToken(tokenId: number): ShareRecord[] {
    return this.#table.select('WHERE token_id = ?', tokenId);
  }

  byId(id: number): ShareRecord | undefined {
    return this.#table.select('WHERE id = ?', id)[0];
  }

  /** In place of what this user had there. Returns its number. */
  put(share: Omit<ShareRecord, 'id'>): number {
    return transaction(this.#database, () => {
      this.#table.delete('streamer_id = ? AND user_id = ?', share.streamerId, share.userId);
      return this.#table.insert(share)!;
    });
  }

  /** The same share, in another role and by somebody else's right. */
  change(id: number, { role, givenBy, tokenId }: Pick<ShareRecord, 'role' | 'givenBy' | 'tokenId'>): void {
    this.#table.update('role = ?, given_by = ?, token_id = ? WHERE id = ?', role, givenBy, tokenId, id);
  }

  /** All of them or, if the database cannot be written, none. */
  removeAll(ids: readonly number[]): void {
    this.#table.deleteAll(ids);
  }
}
