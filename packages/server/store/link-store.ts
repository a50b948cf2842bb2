import { roleSchema } from '@moonshare/contract';
import { z } from 'zod';
import { blob, NumberedTable } from './record-table.ts';

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
  /** 1: it opens only in a browser that has been vouched for. */
  vouched: z.int(),
  /** What whoever uses it is called. */
  name: z.string().nullable(),
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

export class LinkStore extends NumberedTable<LinkRecord> {
  protected readonly table = 'join_links';
  protected readonly schema = linkSchema;

  list(streamerId: string): LinkRecord[] {
    return this.select('WHERE streamer_id = ? ORDER BY id', streamerId);
  }

  /** Those that follow the rights of this user. */
  ofUser(userId: number): LinkRecord[] {
    return this.select('WHERE user_id = ?', userId);
  }

  /** Those created by this API token. */
  ofToken(tokenId: number): LinkRecord[] {
    return this.select('WHERE token_id = ?', tokenId);
  }

  add(link: Omit<LinkRecord, 'id' | 'uses'>): number {
    return this.insert(link)!;
  }

  /** Counts one use. False: there is none left. */
  use(id: number): boolean {
    return this.update('uses = uses + 1 WHERE id = ? AND (max_uses IS NULL OR uses < max_uses)', id) === 1;
  }

  removeExpired(now: number): void {
    this.delete('expires_at <= ?', now);
  }
}
