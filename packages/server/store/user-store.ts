import { type UserRole, userRoleSchema } from '@moonshare/contract';
import { z } from 'zod';
import { NumberedTable } from './record-table.ts';

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

export class UserStore extends NumberedTable<UserRecord> {
  protected readonly table = 'users';
  protected readonly schema = userSchema;

  list(): UserRecord[] {
    return this.select('ORDER BY name');
  }

  /** Whatever the case of the name. */
  byName(name: string): UserRecord | undefined {
    return this.select('WHERE name = ?', name)[0];
  }

  /** False: the name is taken. */
  add({ name, role, password }: { name: string; role: UserRole; password: string }, now: number): boolean {
    return this.insert({ name, role, password, createdAt: now }, 'IGNORE') !== null;
  }

  change(id: number, { role, password }: { role: UserRole; password: string }): void {
    this.update('role = ?, password = ?, generation = generation + 1 WHERE id = ?', role, password, id);
  }
}
