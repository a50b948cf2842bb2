import type { NewServerEvent, ServerEvent } from '@moonshare/contract';

/** Who was away for a moment is told what it missed; who was away longer reads the lists again. */
const KEPT = 1_000;

/** Who may be told of a streamer. */
export interface Audience {
  /** The number of its owner. */
  ownerId: number | null | undefined;
  /** Those of users besides. */
  userIds: readonly number[];
}

export interface EventLogEntry {
  /** Counts from 1 in each run of the server. */
  id: number;
  event: ServerEvent;
  /** As it was then: the next streamer of that name is another. null: it names none. */
  audience: Audience | null;
}

/** The last changes of state, numbered, and those who follow them. */
export class EventLog {
  readonly #kept: EventLogEntry[] = [];
  readonly #followers = new Set<(entry: EventLogEntry) => void>();
  readonly #capacity: number;
  readonly #audienceOf: (streamerId: string) => Audience;
  #lastId = 0;

  constructor(options: { capacity?: number; audienceOf?: (streamerId: string) => Audience } = {}) {
    this.#capacity = options.capacity ?? KEPT;
    this.#audienceOf = options.audienceOf ?? (() => ({ ownerId: null, userIds: [] }));
  }

  get lastId(): number {
    return this.#lastId;
  }

  /** `also`: the number of a user who is told besides. */
  add(event: NewServerEvent, also?: number): void {
    const entry: EventLogEntry = {
      id: ++this.#lastId,
      event: { ...event, at: new Date().toISOString() } as ServerEvent,
      audience: 'streamer_id' in event ? this.#audience(event.streamer_id, also) : null,
    };
    this.#kept.push(entry);
    if (this.#kept.length > this.#capacity) this.#kept.shift();
    for (const follower of [...this.#followers]) follower(entry);
  }

  /** All after `id`, oldest first; null if some of them are no longer kept, or that id was never given. */
  since(id: number): EventLogEntry[] | null {
    if (id > this.#lastId || id < this.#lastId - this.#kept.length) return null;
    return this.#kept.filter((entry) => entry.id > id);
  }

  /** Returns what ends it. */
  follow(follower: (entry: EventLogEntry) => void): () => void {
    this.#followers.add(follower);
    return () => void this.#followers.delete(follower);
  }

  #audience(streamerId: string, also: number | undefined): Audience {
    const { ownerId, userIds } = this.#audienceOf(streamerId);
    return { ownerId, userIds: also === undefined ? userIds : [...userIds, also] };
  }
}
