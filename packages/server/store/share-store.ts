import { roleSchema } from '@moonshare/contract';
import { z } from 'zod';
import { NumberedTable } from './record-table.ts';

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
export class ShareStore extends NumberedTable<ShareRecord> {
  protected readonly table = 'streamer_shares';
  protected readonly schema = shareSchema;

  all(): ShareRecord[] {
    return this.select('ORDER BY id');
  }

  list(streamerId: string): ShareRecord[] {
    return this.select('WHERE streamer_id = ? ORDER BY id', streamerId);
  }

  /** Those that follow the rights of this user. */
  givenBy(userId: number): ShareRecord[] {
    return this.select('WHERE given_by = ?', userId);
  }

  /** Those created by this API token. */
  ofToken(tokenId: number): ShareRecord[] {
    return this.select('WHERE token_id = ?', tokenId);
  }

  /** Replaces this user’s share of this streamer, if any. Returns its number. */
  put(share: Omit<ShareRecord, 'id'>): number {
    return this.transaction(() => {
      this.delete('streamer_id = ? AND user_id = ?', share.streamerId, share.userId);
      return this.insert(share)!;
    });
  }

  /** Changes the role of a share, and whose rights it follows. */
  change(id: number, { role, givenBy, tokenId }: Pick<ShareRecord, 'role' | 'givenBy' | 'tokenId'>): void {
    this.update('role = ?, given_by = ?, token_id = ? WHERE id = ?', role, givenBy, tokenId, id);
  }
}
