import { z } from 'zod';
import { NumberedTable } from './record-table.ts';

/** What a host reported about itself when it last answered; shown while it is offline. */
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

const hostSchema = z.object({
  id: z.int(),
  address: z.string(),
  httpPort: z.int(),
  /** Pinned at pairing, PEM. */
  certificate: z.string().nullable(),
  info: z
    .string()
    .transform((text): HostInfo => hostInfoSchema.parse(JSON.parse(text)))
    .nullable(),
});
export type HostRecord = z.output<typeof hostSchema>;

/** Far above any ID in use. */
const PARKING = 1_000_000_000;

export class HostStore extends NumberedTable<HostRecord> {
  protected readonly table = 'hosts';
  protected readonly schema = hostSchema;

  list(): HostRecord[] {
    return this.select('ORDER BY id');
  }

  /** The smallest free ID: a host that is removed and added again keeps the number that its callers know. */
  add(host: { address: string; httpPort: number }): HostRecord {
    const taken = new Set(this.list().map(({ id }) => id));
    let id = 0;
    while (taken.has(id)) id++;
    this.#insert(id, host);
    return { id, ...host, certificate: null, info: null };
  }

  /** Gives the configured hosts the IDs 0, 1, ...; others keep theirs or move up, and nothing is lost. */
  place(configured: readonly { address: string; httpPort: number }[]): void {
    if (configured.length === 0) return;
    this.transaction(() => {
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
      for (const { from } of moves) this.update('id = ? WHERE id = ?', from + PARKING, from);
      for (const { from, to } of moves) this.update('id = ? WHERE id = ?', to, from + PARKING);
      for (const [id, { host, row }] of wanted.entries()) if (row === undefined) this.#insert(id, host);
    });
  }

  saveInfo(id: number, info: HostInfo): void {
    this.update('info = ? WHERE id = ?', JSON.stringify(info), id);
  }

  /** Null: it is no longer paired. */
  saveCertificate(id: number, certificate: string | null): void {
    this.update('certificate = ? WHERE id = ?', certificate, id);
  }

  #insert(id: number, { address, httpPort }: { address: string; httpPort: number }): void {
    this.insert({ id, address, httpPort });
  }
}
