import type { DatabaseSync } from 'node:sqlite';
import { type CreateStreamer, createStreamerSchema } from '@moonshare/contract';
import { z } from 'zod';

const rowSchema = z.object({ host_id: z.int(), request: z.string() }).transform((row): CreateStreamer => {
  // The host may have another number by now.
  return createStreamerSchema.parse({ ...JSON.parse(row.request), host_id: row.host_id });
});

/** Streamers that somebody wants until they are deleted. They go with their host. */
export class WishStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Oldest first. Left out, and told to `unreadable`: what this version does not take any more. */
  list(unreadable: (streamerId: unknown, error: unknown) => void): CreateStreamer[] {
    return this.#database
      .prepare('SELECT streamer_id, host_id, request FROM wanted_streamers ORDER BY rowid')
      .all()
      .flatMap((row) => {
        try {
          return [rowSchema.parse(row)];
        } catch (error) {
          unreadable(row.streamer_id, error);
          return [];
        }
      });
  }

  get(streamerId: string): CreateStreamer | null {
    const row = this.#database
      .prepare('SELECT host_id, request FROM wanted_streamers WHERE streamer_id = ?')
      .get(streamerId);
    return row === undefined ? null : rowSchema.parse(row);
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
}
