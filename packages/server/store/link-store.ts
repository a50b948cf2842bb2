import type { DatabaseSync } from 'node:sqlite';
import { type Role, roleSchema } from '@moonshare/contract';
import { z } from 'zod';
import { transaction } from './database.ts';

export interface LinkRecord {
  id: number;
  streamerId: string;
  role: Role;
  /** SHA-256 of the secret. */
  digest: Uint8Array;
  /** Hashed as passwords are. */
  pin: string | null;
  maxUses: number | null;
  uses: number;
  /** The name of the user who made it, for people. */
  createdBy: string | null;
  /** Whose rights it follows, and the API token that made it; null: made with the shared credentials, or by no token. */
  userId: number | null;
  tokenId: number | null;
  /** Whose the streamer was when the link was made; null: the shared credentials'. */
  ownerId: number | null;
  createdAt: number;
  expiresAt: number;
}

const rowSchema = z
  .object({
    id: z.int(),
    streamer_id: z.string(),
    role: roleSchema,
    digest: z.instanceof(Uint8Array),
    pin: z.string().nullable(),
    max_uses: z.int().nullable(),
    uses: z.int(),
    created_by: z.string().nullable(),
    user_id: z.int().nullable(),
    token_id: z.int().nullable(),
    owner_id: z.int().nullable(),
    created_at: z.int(),
    expires_at: z.int(),
  })
  .transform(
    (row): LinkRecord => ({
      id: row.id,
      streamerId: row.streamer_id,
      role: row.role,
      digest: row.digest,
      pin: row.pin,
      maxUses: row.max_uses,
      uses: row.uses,
      createdBy: row.created_by,
      userId: row.user_id,
      tokenId: row.token_id,
      ownerId: row.owner_id,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
    }),
  );

export class LinkStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  list(streamerId: string): LinkRecord[] {
    return this.#database
      .prepare('SELECT * FROM join_links WHERE streamer_id = ? ORDER BY id')
      .all(streamerId)
      .map((row) => rowSchema.parse(row));
  }

  /** Those that follow the rights of this user. */
  ofUser(userId: number): LinkRecord[] {
    return this.#database
      .prepare('SELECT * FROM join_links WHERE user_id = ?')
      .all(userId)
      .map((row) => rowSchema.parse(row));
  }

  /** Those that this API token made. */
  ofToken(tokenId: number): LinkRecord[] {
    return this.#database
      .prepare('SELECT * FROM join_links WHERE token_id = ?')
      .all(tokenId)
      .map((row) => rowSchema.parse(row));
  }

  byId(id: number): LinkRecord | undefined {
    const row = this.#database.prepare('SELECT * FROM join_links WHERE id = ?').get(id);
    return row === undefined ? undefined : rowSchema.parse(row);
  }

  add(link: Omit<LinkRecord, 'id' | 'uses'>): number {
    const { lastInsertRowid } = this.#database
      .prepare(
        `INSERT INTO join_links (streamer_id, role, digest, pin, max_uses, created_by, user_id, token_id, owner_id, created_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        link.streamerId,
        link.role,
        link.digest,
        link.pin,
        link.maxUses,
        link.createdBy,
        link.userId,
        link.tokenId,
        link.ownerId,
        link.createdAt,
        link.expiresAt,
      );
    return Number(lastInsertRowid);
  }

  /** Counts one use. false: there is none left. */
  use(id: number): boolean {
    const { changes } = this.#database
      .prepare('UPDATE join_links SET uses = uses + 1 WHERE id = ? AND (max_uses IS NULL OR uses < max_uses)')
      .run(id);
    return changes === 1;
  }

  removeExpired(now: number): void {
    this.#database.prepare('DELETE FROM join_links WHERE expires_at <= ?').run(now);
  }

  /** All of them or, if the database cannot be written, none. */
  removeAll(ids: readonly number[]): void {
    const remove = this.#database.prepare('DELETE FROM join_links WHERE id = ?');
    transaction(this.#database, () => {
      for (const id of ids) remove.run(id);
    });
  }
}
