import type { DatabaseSync } from 'node:sqlite';
import { type Scope, scopeSchema } from '@moonshare/contract';
import { z } from 'zod';

export interface TokenRecord {
  id: number;
  /** null: made with the shared credentials. */
  userId: number | null;
  /** The token it was made with, and ends with. */
  madeByToken: number | null;
  name: string;
  scopes: Scope[];
  /** SHA-256 of the secret. */
  digest: Uint8Array;
  createdAt: number;
  expiresAt: number;
}

const rowSchema = z
  .object({
    id: z.int(),
    user_id: z.int().nullable(),
    made_by_token: z.int().nullable(),
    name: z.string(),
    scopes: z.string(),
    digest: z.instanceof(Uint8Array),
    created_at: z.int(),
    expires_at: z.int(),
  })
  .transform(
    (row): TokenRecord => ({
      id: row.id,
      userId: row.user_id,
      madeByToken: row.made_by_token,
      name: row.name,
      scopes: z.array(scopeSchema).parse(JSON.parse(row.scopes)),
      digest: row.digest,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
    }),
  );

export class TokenStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  list(): TokenRecord[] {
    return this.#database
      .prepare('SELECT * FROM api_tokens ORDER BY id')
      .all()
      .map((row) => rowSchema.parse(row));
  }

  byId(id: number): TokenRecord | undefined {
    const row = this.#database.prepare('SELECT * FROM api_tokens WHERE id = ?').get(id);
    return row === undefined ? undefined : rowSchema.parse(row);
  }

  add(token: Omit<TokenRecord, 'id'>): number {
    const { lastInsertRowid } = this.#database
      .prepare(
        `INSERT INTO api_tokens (user_id, made_by_token, name, scopes, digest, created_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        token.userId,
        token.madeByToken,
        token.name,
        JSON.stringify(token.scopes),
        token.digest,
        token.createdAt,
        token.expiresAt,
      );
    return Number(lastInsertRowid);
  }

  removeExpired(now: number): void {
    this.#database.prepare('DELETE FROM api_tokens WHERE expires_at <= ?').run(now);
  }

  remove(id: number): void {
    this.#database.prepare('DELETE FROM api_tokens WHERE id = ?').run(id);
  }
}
