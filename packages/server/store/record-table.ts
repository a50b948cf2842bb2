import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { invariant } from '@moonshare/contract';
import { z } from 'zod';
import { transaction } from './database.ts';

export const blob = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

/** One table. Rows are validated as they are read; a column `user_id` is the field `userId` of a record. */
export class RecordTable<Row> {
  readonly #database: DatabaseSync;
  readonly #name: string;
  readonly #schema: z.ZodType<Row>;

  constructor(database: DatabaseSync, name: string, schema: z.ZodType<Row>) {
    this.#database = database;
    this.#name = name;
    this.#schema = schema;
  }

  /** `rest`: what follows the table name, such as `WHERE id = ?`. */
  select(rest: string, ...values: SQLInputValue[]): Row[] {
    const rows = this.#database.prepare(`SELECT * FROM ${this.#name} ${rest}`).all(...values);
    return rows.map((row) => this.#schema.parse(toRecord(row)));
  }

  /** The names of `fields` come from code, never from a request. Returns the number of the new row, or null if it was ignored. */
  insert(fields: Record<string, SQLInputValue>, or: 'ABORT' | 'IGNORE' | 'REPLACE' = 'ABORT'): number | null {
    const columns = Object.keys(fields).map(snakeCase);
    invariant(!columns.some((column) => /\W/.test(column)), 'a column has an invalid name');
    const { changes, lastInsertRowid } = this.#database
      .prepare(`INSERT OR ${or} INTO ${this.#name} (${columns.join()}) VALUES (${columns.map(() => '?').join()})`)
      .run(...Object.values(fields));
    return changes === 0 ? null : Number(lastInsertRowid);
  }

  /** `change`: what follows SET, including WHERE. Returns how many rows were changed. */
  update(change: string, ...values: SQLInputValue[]): number {
    return Number(this.#database.prepare(`UPDATE ${this.#name} SET ${change}`).run(...values).changes);
  }

  delete(where: string, ...values: SQLInputValue[]): void {
    this.#database.prepare(`DELETE FROM ${this.#name} WHERE ${where}`).run(...values);
  }

  /** All of them or, if the database cannot be written, none. */
  deleteAll(ids: readonly number[]): void {
    transaction(this.#database, () => {
      for (const id of ids) this.delete('id = ?', id);
    });
  }
}

function toRecord(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [camelCase(column), value]));
}

function camelCase(column: string): string {
  return column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function snakeCase(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
