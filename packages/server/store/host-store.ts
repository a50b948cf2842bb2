import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { transaction } from './database.ts';

/** What a host said of itself when it was last asked; shown while it is offline. */
const hostInfoSchema = z.object({
  name: z.string(),
  httpsPort: z.int(),
  externalPort: z.int(),
  version: z.string(),
  gfeVersion: z.string(),
  uniqueId: z.string(),
  mac: z.string().nullable(),
  localIp: z.string().nullable(),
  maxLumaPixelsHevc: z.int(),
  codecModeSupport: z.int(),
});
export type HostInfo = z.infer<typeof hostInfoSchema>;

export interface HostRecord {
  id: number;
  address: string;
  httpPort: number;
  /** Pinned at pairing, PEM. */
  certificate: string | null;
  info: HostInfo | null;
}

const rowSchema = z
  .object({
    id: z.int(),
    address: z.string(),
    http_port: z.int(),
    certificate: z.string().nullable(),
    info: z.string().nullable(),
  })
  .transform(
    (row): HostRecord => ({
      id: row.id,
      address: row.address,
      httpPort: row.http_port,
      certificate: row.certificate,
      info: row.info === null ? null : hostInfoSchema.parse(JSON.parse(row.info)),
    }),
  );

/** Far above any id that was given out. */
const PARKING = 1_000_000_000;

export class HostStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  list(): HostRecord[] {
    return this.#database
      .prepare('SELECT * FROM hosts ORDER BY id')
      .all()
      .map((row) => rowSchema.parse(row));
  }

  /** The smallest free id: a host that is removed and added again keeps the number its callers know. */
  add(host: { address: string; httpPort: number }): HostRecord {
    const taken = new Set(this.list().map(({ id }) => id));
    let id = 0;
    while (taken.has(id)) id++;
    this.#insert(id, host);
    return { id, ...host, certificate: null, info: null };
  }

  /** Gives the hosts of the configuration the ids 0, 1, ...; others keep theirs or move up, nothing is lost. */
  place(configured: readonly { address: string; httpPort: number }[]): void {
    if (configured.length === 0) return;
    transaction(this.#database, () => {
      const rows = this.list();
      const wanted = configured.map((host) => ({
        host,
        row: rows.find((row) => row.address === host.address && row.httpPort === host.httpPort),
      }));
      const kept = new Set(wanted.map(({ row }) => row?.id));
      let free = Math.max(configured.length, ...rows.map(({ id }) => id + 1));
      const moves = rows
        .filter(({ id }) => !kept.has(id) && id < configured.length)
        .map(({ id }) => ({ from: id, to: free++ }));
      for (const [to, { row }] of wanted.entries()) if (row !== undefined) moves.push({ from: row.id, to });
      const renumber = this.#database.prepare('UPDATE hosts SET id = ? WHERE id = ?');
      for (const { from } of moves) renumber.run(from + PARKING, from);
      for (const { from, to } of moves) renumber.run(to, from + PARKING);
      for (const [id, { host, row }] of wanted.entries()) if (row === undefined) this.#insert(id, host);
    });
  }

  saveInfo(id: number, info: HostInfo): void {
    this.#database.prepare('UPDATE hosts SET info = ? WHERE id = ?').run(JSON.stringify(info), id);
  }

  /** null: it is not paired any more. */
  saveCertificate(id: number, certificate: string | null): void {
    this.#database.prepare('UPDATE hosts SET certificate = ? WHERE id = ?').run(certificate, id);
  }

  /** With its client certificates. */
  remove(id: number): void {
    this.#database.prepare('DELETE FROM hosts WHERE id = ?').run(id);
  }

  #insert(id: number, host: { address: string; httpPort: number }): void {
    this.#database
      .prepare('INSERT INTO hosts (id, address, http_port) VALUES (?, ?, ?)')
      .run(id, host.address, host.httpPort);
  }
}
