import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { blob, RecordTable } from './record-table.ts';

const sessionSchema = z.object({
  id: z.int(),
  userId: z.int(),
  /** SHA-256 of the secret in the cookie. */
  digest: blob,
  expiresAt: z.int(),
});
export type SessionRecord = z.infer<typeof sessionSchema>;

export class SessionStore {
  readonly #table: RecordTable<SessionRecord>;

  constructor(database: DatabaseSync) {
    this.#table = new RecordTable(database, 'sessions', sessionSchema);
  }

  byId(id: number): SessionRecord | undefined {
    return this.#table.select('WHERE id = ?', id)[0];
  }

  add(session: Omit<SessionRecord, 'id'>): number {
    return this.#table.insert(session)!;
  }

  /** Removes expired sessions, and all of this user’s but the newest `keep`. */
  prune(userId: number, keep: number, now: number): void {
    this.#table.delete('expires_at <= ?', now);
    const newest = 'SELECT id FROM sessions WHERE user_id = ? ORDER BY id DESC LIMIT ?';
    this.#table.delete(`user_id = ? AND id NOT IN (${newest})`, userId, userId, keep);
  }

  remove(id: number): void {
    this.#table.delete('id = ?', id);
  }

  removeAll(userId: number): void {
    this.#table.delete('user_id = ?', userId);
  }
}
