import type { DatabaseSync } from 'node:sqlite';
import { type CreateStreamer, createStreamerSchema } from '@moonshare/contract';
import { z } from 'zod';

const rowSchema = z.object({ host_id: z.int(), request: z.string() }).transform((row): CreateStreamer => {
  // The host may have another number by now.
  return createStreamerSchema.parse({ ...JSON.parse(row.request), host_id: row.host_id });
});

/** A wish that this version does not take, and why. */
export type Unreadable = (streamerId: unknown, error: unknown) => void;

/** Streamers that somebody wants until they are deleted. They go with their host. */
export class WishStore {
  readonly #database: DatabaseSync;
  readonly #unreadable: Unreadable;

  /** What is told to `unreadable` counts as not there. */
  constructor(database: DatabaseSync, unreadable: Unreadable) {
    this.#database = database;
    this.#unreadable = unreadable;
  }

  /** Oldest first. */
  list(): CreateStreamer[] {
    return this.#database
      .prepare('SELECT streamer_id, host_id, request FROM wanted_streamers ORDER BY rowid')
      .all()
      .map((row) => this.#read(row))
      .filter((request) => request !== null);
  }

  get(streamerId: string): CreateStreamer | null {
    const row = this.#database
      .prepare('SELECT streamer_id, host_id, request FROM wanted_streamers WHERE streamer_id = ?')
      .get(streamerId);
    return row === undefined ? null : this.#read(row);
  }

  save(request: CreateStreamer): void {
    this.#database
      .prepare(
        `INSERT INTO wanted_streamers (streamer_id, host_id, request) VALUES (?, ?, ?)
         ON CONFLICT (streamer_id) DO UPDATE SET host_id = excluded.host_id, request = excluded.request`,
      )
      .run(request.streamer_id, request.host_id, JSON.stringify(request));
  }

  /** Whether it was wanted. */
  remove(streamerId: string): boolean {
    return this.#database.prepare('DELETE FROM wanted_streamers WHERE streamer_id = ?').run(streamerId).changes > 0;
  }

  #read(row: Record<string, unknown>): CreateStreamer | null {
    try {
      return rowSchema.parse(row);
    } catch (error) {
      this.#unreadable(row.streamer_id, error);
      return null;
    }
  }
}
