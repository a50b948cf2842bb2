import { z } from 'zod';
import { blob, NumberedTable } from './record-table.ts';

const sessionSchema = z.object({
  id: z.int(),
  userId: z.int(),
  /** SHA-256 of the secret in the cookie. */
  digest: blob,
  expiresAt: z.int(),
});
export type SessionRecord = z.infer<typeof sessionSchema>;

export class SessionStore extends NumberedTable<SessionRecord> {
  protected readonly table = 'sessions';
  protected readonly schema = sessionSchema;

  add(session: Omit<SessionRecord, 'id'>): number {
    return this.insert(session)!;
  }

  /** Removes expired sessions, and all of this user’s but the newest `keep`. */
  prune(userId: number, keep: number, now: number): void {
    this.delete('expires_at <= ?', now);
    const newest = 'SELECT id FROM sessions WHERE user_id = ? ORDER BY id DESC LIMIT ?';
    this.delete(`user_id = ? AND id NOT IN (${newest})`, userId, userId, keep);
  }

  removeAllOf(userId: number): void {
    this.delete('user_id = ?', userId);
  }
}
