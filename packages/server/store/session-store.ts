import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';

export interface SessionRecord {
  id: number;
  userId: number;
  /** SHA-256 of the secret in the cookie. */
  digest: Uint8Array;
  expiresAt: number;
}

const rowSchema = z
  .object({ id: z.int(), user_id: z.int(), digest: z.instanceof(Uint8Array), expires_at: z.int() })
  .transform(
    ({ id, user_id, digest, expires_at }): SessionRecord => ({ id, userId: user_id, digest, expiresAt: expires_at }),
  );

export class SessionStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  byId(id: number): SessionRecord | undefined {
    const row = this.#database.prepare('SELECT * FROM sessions WHERE id = ?').get(id);
    return row === undefined ? undefined : rowSchema.parse(row);
  }

  add(session: { userId: number; digest: Uint8Array; expiresAt: number }): number {
    const { lastInsertRowid } = this.#database
      .prepare('INSERT INTO sessions (user_id, digest, expires_at) VALUES (?, ?, ?)')
      .run(session.userId, session.digest, session.expiresAt);
    return Number(lastInsertRowid);
  }

  /** Those that have expired, and of this user all but the newest `keep`. */
  prune(userId: number, keep: number, now: number): void {
    this.#database.prepare('DELETE FROM sessions WHERE expires_at <= ?').run(now);
    this.#database
      .prepare(
        'DELETE FROM sessions WHERE user_id = ? AND id NOT IN (SELECT id FROM sessions WHERE user_id = ? ORDER BY id DESC LIMIT ?)',
      )
      .run(userId, userId, keep);
  }

  remove(id: number): void {
    this.#database.prepare('DELETE FROM sessions WHERE id = ?').run(id);
  }

  removeAll(userId: number): void {
    this.#database.prepare('DELETE FROM sessions WHERE user_id = ?').run(userId);
  }
}
