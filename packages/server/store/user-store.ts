import type { DatabaseSync } from 'node:sqlite';
import { type UserRole, userRoleSchema } from '@moonshare/contract';
import { z } from 'zod';

export interface UserRecord {
  id: number;
  name: string;
  role: UserRole;
  /** Hash, salt and parameters; see accounts/password.ts. */
  password: string;
  /** Goes up with each new password or role: what was granted before counts no more. */
  generation: number;
  /** Milliseconds since 1970. */
  createdAt: number;
}

const rowSchema = z
  .object({
    id: z.int(),
    name: z.string(),
    role: userRoleSchema,
    password: z.string(),
    generation: z.int(),
    created_at: z.int(),
  })
  .transform(({ created_at, ...row }): UserRecord => ({ ...row, createdAt: created_at }));

export class UserStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  list(): UserRecord[] {
    return this.#database
      .prepare('SELECT * FROM users ORDER BY name')
      .all()
      .map((row) => rowSchema.parse(row));
  }

  /** Whatever the case of the name. */
  byName(name: string): UserRecord | undefined {
    return this.#one('SELECT * FROM users WHERE name = ?', name);
  }

  byId(id: number): UserRecord | undefined {
    return this.#one('SELECT * FROM users WHERE id = ?', id);
  }

  /** false: the name is taken. */
  add(user: { name: string; role: UserRole; password: string }, now: number): boolean {
    const { changes } = this.#database
      .prepare('INSERT OR IGNORE INTO users (name, role, password, created_at) VALUES (?, ?, ?, ?)')
      .run(user.name, user.role, user.password, now);
    return changes === 1;
  }

  update(id: number, { role, password }: { role: UserRole; password: string }): void {
    this.#database
      .prepare('UPDATE users SET role = ?, password = ?, generation = generation + 1 WHERE id = ?')
      .run(role, password, id);
  }

  /** With sessions and tokens. */
  remove(id: number): void {
    this.#database.prepare('DELETE FROM users WHERE id = ?').run(id);
  }

  #one(query: string, key: string | number): UserRecord | undefined {
    const row = this.#database.prepare(query).get(key);
    return row === undefined ? undefined : rowSchema.parse(row);
  }
}
