import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { invariant } from '@moonshare/contract';
import { z } from 'zod';
import { transaction } from './database.ts';

export const blob = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

/** One table. Rows are validated as they are read; a column `user_id` is the field `userId` of a record. */
export abstract class RecordTable<Row> {
  protected abstract readonly table: string;
  protected abstract readonly schema: z.ZodType<Row>;
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** `rest`: what follows the table name, such as `WHERE id = ?`. */
  protected select(rest: string, ...values: SQLInputValue[]): Row[] {
    const rows = this.#database.prepare(`SELECT * FROM ${this.table} ${rest}`).all(...values);
    return rows.map((row) => this.schema.parse(toRecord(row)));
  }

  /** The names of `fields` come from code, never from a request. Returns the number of the new row, or null if it was ignored. */
  protected insert(fields: Record<string, SQLInputValue>, or: 'ABORT' | 'IGNORE' | 'REPLACE' = 'ABORT'): number | null {
    const columns = Object.keys(fields).map(snakeCase);
    invariant(!columns.some((column) => /\W/.test(column)), 'a column has an invalid name');
    const { changes, lastInsertRowid } = this.#database
      .prepare(`INSERT OR ${or} INTO ${this.table} (${columns.join()}) VALUES (${columns.map(() => '?').join()})`)
      .run(...Object.values(fields));
    return changes === 0 ? null : Number(lastInsertRowid);
  }

  /** `change`: what follows SET, including WHERE. Returns how many rows were changed. */
  protected update(change: string, ...values: SQLInputValue[]): number {
    return Number(this.#database.prepare(`UPDATE ${this.table} SET ${change}`).run(...values).changes);
  }

  protected delete(where: string, ...values: SQLInputValue[]): void {
    this.#database.prepare(`DELETE FROM ${this.table} WHERE ${where}`).run(...values);
  }

  /** Does all of `work` or nothing. */
  protected transaction<T>(work: () => T): T {
    return transaction(this.#database, work);
  }
}

/** A table whose rows are numbered. Rows of other tables that refer to a removed one go with it. */
export abstract class NumberedTable<Row> extends RecordTable<Row> {
  byId(id: number): Row | undefined {
    return this.select('WHERE id = ?', id)[0];
  }

  remove(id: number): void {
    this.delete('id = ?', id);
  }

  /** All of them or, if the database cannot be written, none. */
  removeAll(ids: readonly number[]): void {
    this.transaction(() => {
      for (const id of ids) this.remove(id);
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
