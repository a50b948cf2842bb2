import { type Scope, scopeSchema } from '@moonshare/contract';
import { z } from 'zod';
import { blob, NumberedTable } from './record-table.ts';

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

export class TokenStore extends NumberedTable<TokenRecord> {
  protected readonly table = 'api_tokens';
  protected readonly schema = tokenSchema;

  list(): TokenRecord[] {
    return this.select('ORDER BY id');
  }

  add(token: Omit<TokenRecord, 'id'>): number {
    return this.insert({ ...token, scopes: JSON.stringify(token.scopes) })!;
  }

  removeExpired(now: number): void {
    this.delete('expires_at <= ?', now);
  }
}
