import type { DatabaseSync } from 'node:sqlite';
import { type UserRole, userRoleSchema } from '@moonshare/contract';
import { z } from 'zod';
import { RecordTable } from './record-table.ts';

const userSchema = z.object({
  id: z.int(),
  name: z.string(),
  role: userRoleSchema,
  /** Hash, salt and parameters; see accounts/password.ts. */
  password: z.string(),
  /** Incremented with each new password or role; earlier grants are then invalid. */
  generation: z.int(),
  /** Milliseconds since 1970. */
  createdAt: z.int(),
});
export type UserRecord = z.infer<typeof userSchema>;

export class UserStore {
  readonly #table: RecordTable<UserRecord>;

  constructor(database: DatabaseSync) {
    this.#table = new RecordTable(database, 'users', userSchema);
  }

  list(): UserRecord[] {
    return this.#table.select('ORDER BY name');
  }

  /** Whatever the case of the name. */
  byName(name: string): UserRecord | undefined {
    return this.#table.select('WHERE name = ?', name)[0];
  }

  byId(id: number): UserRecord | undefined {
    return this.#table.select('WHERE id = ?', id)[0];
  }

  /** False: the name is taken. */
  add({ name, role, password }: { name: string; role: UserRole; password: string }, now: number): boolean {
    return this.#table.insert({ name, role, password, createdAt: now }, 'IGNORE') !== null;
  }

  update(id: number, { role, password }: { role: UserRole; password: string }): void {
    this.#table.update('role = ?, password = ?, generation = generation + 1 WHERE id = ?', role, password, id);
  }

  /** Together with the user’s sessions and tokens. */
  remove(id: number): void {
    this.#table.delete('id = ?', id);
  }
}
