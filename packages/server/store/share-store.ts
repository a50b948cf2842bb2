import type { DatabaseSync } from 'node:sqlite';
import { type Role, roleSchema } from '@moonshare/contract';
import { z } from 'zod';
import { transaction } from './database.ts';

export interface ShareRecord {
  id: number;
  streamerId: string;
  /** Whose the streamer was when it was shared; null: the shared credentials'. */
  ownerId: number | null;
  /** With whom. */
  userId: number;
  role: Role;
  /** Whose rights it follows, and the API token that made it; null: made with the shared credentials, or by no token. */
  givenBy: number | null;
  tokenId: number | null;
  createdAt: number;
}

const rowSchema = z
  .object({
    id: z.int(),
    streamer_id: z.string(),
    owner_id: z.int().nullable(),
    user_id: z.int(),
    role: roleSchema,
    given_by: z.int().nullable(),
    token_id: z.int().nullable(),
    created_at: z.int(),
  })
  .transform(
    (row): ShareRecord => ({
      id: row.id,
      streamerId: row.streamer_id,
      ownerId: row.owner_id,
      userId: row.user_id,
      role: row.role,
      givenBy: row.given_by,
      tokenId: row.token_id,
      createdAt: row.created_at,
    }),
  );

/** With whom streamers are shared: one row for each streamer and user. */
export class ShareStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  all(): ShareRecord[] {
    return this.#select('SELECT * FROM streamer_shares ORDER BY id');
  }

  list(streamerId: string): ShareRecord[] {
    return this.#select('SELECT * FROM streamer_shares WHERE streamer_id = ? ORDER BY id', streamerId);
  }

  /** Those that follow the rights of this user. */
  givenBy(userId: number): ShareRecord[] {
    return this.#select('SELECT * FROM streamer_shares WHERE given_by = ?', userId);
  }

  /** Those that this API token made. */
  ofToken(tokenId: number): ShareRecord[] {
    return this.#select('SELECT * FROM streamer_shares WHERE token_id = ?', tokenId);
  }

  byId(id: number): ShareRecord | undefined {
    return this.#select('SELECT * FROM streamer_shares WHERE id = ?', id)[0];
  }

  /** In place of what this user had there. Returns its number. */
  put(share: Omit<ShareRecord, 'id'>): number {
    return transaction(this.#database, () => {
      this.#database
        .prepare('DELETE FROM streamer_shares WHERE streamer_id = ? AND user_id = ?')
        .run(share.streamerId, share.userId);
      const { lastInsertRowid } = this.#database
        .prepare(
          `INSERT INTO streamer_shares (streamer_id, owner_id, user_id, role, given_by, token_id, created_at)
           VALUES (?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(share.streamerId, share.ownerId, share.userId, share.role, share.givenBy, share.tokenId, share.createdAt);
      return Number(lastInsertRowid);
    });
  }

  /** The same share, in another role and by somebody else's right. */
  change(id: number, { role, givenBy, tokenId }: Pick<ShareRecord, 'role' | 'givenBy' | 'tokenId'>): void {
    this.#database
      .prepare('UPDATE streamer_shares SET role = ?, given_by = ?, token_id = ? WHERE id = ?')
      .run(role, givenBy, tokenId, id);
  }

  /** All of them or, if the database cannot be written, none. */
  removeAll(ids: readonly number[]): void {
    const remove = this.#database.prepare('DELETE FROM streamer_shares WHERE id = ?');
    transaction(this.#database, () => {
      for (const id of ids) remove.run(id);
    });
  }

  #select(query: string, ...values: (string | number)[]): ShareRecord[] {
    return this.#database
      .prepare(query)
      .all(...values)
      .map((row) => rowSchema.parse(row));
  }
}
