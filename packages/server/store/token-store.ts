import type { DatabaseSync } from 'node:sqlite';
import { type Scope, scopeSchema } from '@moonshare/contract';
import { z } from 'zod';
import { blob, RecordTable } from './record-table.ts';

const tokenSchema = z.object({
  id: z.int(),
  /** Null: created with the shared credentials. */
  userId: z.int().nullable(),
  /** The token that it was created with, and ends with. */
  madeByToken: z.int().nullable(),
  name: z.string(),
  scopes: z.string().transform((text): Scope[] => z.array(scopeSchema).parse(JSON.parse(text))),
  /** SHA-256 of the secret. */
  digest: blob,
  createdAt: z.int(),
  expiresAt: z.int(),
});
export type TokenRecord = z.output<typeof tokenSchema>;

export class TokenStore {
  readonly #table: RecordTable<TokenRecord>;

  constructor(database: DatabaseSync) {
    this.#table = new RecordTable(database, 'api_tokens', tokenSchema);
  }

  list(): TokenRecord[] {
    return this.#table.select('ORDER BY id');
  }

  byId(id: number): TokenRecord | undefined {
    return this.#table.select('WHERE id = ?', id)[0];
  }

  add(token: Omit<TokenRecord, 'id'>): number {
    return this.#table.insert({ ...token, scopes: JSON.stringify(token.scopes) })!;
  }

  removeExpired(now: number): void {
    this.#table.delete('expires_at <= ?', now);
  }

  remove(id: number): void {
    this.#table.delete('id = ?', id);
  }
}
