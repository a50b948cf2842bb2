import type { DatabaseSync } from 'node:sqlite';
import { type CreateStreamer, createStreamerSchema } from '@moonshare/contract';
import { z } from 'zod';
import { RecordTable } from './record-table.ts';

/** A desired streamer and its owner: the number of a user, who may be gone; null: the shared credentials. */
export interface DesiredStreamer {
  request: CreateStreamer;
  ownerId: number | null;
}

const rowSchema = z.object({
  streamerId: z.string(),
  hostId: z.int(),
  request: z.string(),
  ownerId: z.int().nullable(),
});
type Row = z.infer<typeof rowSchema>;

/** Called for a desired streamer that this version cannot read, with the reason. */
export type Unreadable = (streamerId: unknown, error: unknown) => void;

/** Streamers that are desired until they are deleted. They are removed with their host. */
export class DesiredStreamerStore extends RecordTable<Row> {
  protected readonly table = 'wanted_streamers';
  protected readonly schema = rowSchema;
  readonly #unreadable: Unreadable;

  /** Streamers passed to `unreadable` count as absent. */
  constructor(database: DatabaseSync, unreadable: Unreadable) {
    super(database);
    this.#unreadable = unreadable;
  }

  /** Oldest first. */
  list(): DesiredStreamer[] {
    return this.select('ORDER BY rowid')
      .map((row) => this.#read(row))
      .filter((desired) => desired !== null);
  }

  get(streamerId: string): DesiredStreamer | null {
    const [row] = this.select('WHERE streamer_id = ?', streamerId);
    return row === undefined ? null : this.#read(row);
  }

  save({ request, ownerId }: DesiredStreamer): void {
    const { streamer_id: streamerId, host_id: hostId } = request;
    const text = JSON.stringify(request);
    const change = 'host_id = ?, request = ?, owner_id = ? WHERE streamer_id = ?';
    if (this.update(change, hostId, text, ownerId, streamerId) > 0) return;
    this.insert({ streamerId, hostId, request: text, ownerId });
  }

  remove(streamerId: string): void {
    this.delete('streamer_id = ?', streamerId);
  }

  #read({ streamerId, hostId, request, ownerId }: Row): DesiredStreamer | null {
    try {
      // The host may have a different number by now.
      return { request: createStreamerSchema.parse({ ...JSON.parse(request), host_id: hostId }), ownerId };
    } catch (error) {
      this.#unreadable(streamerId, error);
      return null;
    }
  }
}
