import type { DatabaseSync } from 'node:sqlite';
import { type CreateStreamer, createStreamerSchema } from '@moonshare/contract';
import { z } from 'zod';

/** A streamer that is wanted, and whose: the number of a user, who may be gone; null: the shared credentials'. */
export interface DesiredStreamer {
  request: CreateStreamer;
  ownerId: number | null;
}

const rowSchema = z
  .object({ host_id: z.int(), request: z.string(), owner_id: z.int().nullable() })
  .transform((row): DesiredStreamer => {
    // The host may have another number by now.
    const request = createStreamerSchema.parse({ ...JSON.parse(row.request), host_id: row.host_id });
    return { request, ownerId: row.owner_id };
  });

/** A desired streamer that this version cannot read, and why. */
export type Unreadable = (streamerId: unknown, error: unknown) => void;

/** Streamers that somebody wants until they are deleted. They go with their host. */
export class DesiredStreamerStore {
  readonly #database: DatabaseSync;
  readonly #unreadable: Unreadable;

  /** What is told to `unreadable` counts as not there. */
  constructor(database: DatabaseSync, unreadable: Unreadable) {
    this.#database = database;
    this.#unreadable = unreadable;
  }

  /** Oldest first. */
  list(): DesiredStreamer[] {
    return this.#database
      .prepare('SELECT streamer_id, host_id, request, owner_id FROM wanted_streamers ORDER BY rowid')
      .all()
      .map((row) => this.#read(row))
      .filter((desired) => desired !== null);
  }

  get(streamerId: string): DesiredStreamer | null {
    const row = this.#database
      .prepare('SELECT streamer_id, host_id, request, owner_id FROM wanted_streamers WHERE streamer_id = ?')
      .get(streamerId);
    return row === undefined ? null : this.#read(row);
  }

  save({ request, ownerId }: DesiredStreamer): void {
    this.#database
      .prepare(
        `INSERT INTO wanted_streamers (streamer_id, host_id, request, owner_id) VALUES (?, ?, ?, ?)
         ON CONFLICT (streamer_id)
         DO UPDATE SET host_id = excluded.host_id, request = excluded.request, owner_id = excluded.owner_id`,
      )
      .run(request.streamer_id, request.host_id, JSON.stringify(request), ownerId);
  }

  remove(streamerId: string): void {
    this.#database.prepare('DELETE FROM wanted_streamers WHERE streamer_id = ?').run(streamerId);
  }

  #read(row: Record<string, unknown>): DesiredStreamer | null {
    try {
      return rowSchema.parse(row);
    } catch (error) {
      this.#unreadable(row.streamer_id, error);
      return null;
    }
  }
}
