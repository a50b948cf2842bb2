import type { NewServerEvent, ServerEvent } from '@moonshare/contract';
import type { Actor } from '../auth/actor.ts';

/** A client that was away briefly is sent what it missed; one that was away longer reads the lists again. */
const KEPT = 1_000;

/** Who may be told about a streamer. */
export interface Audience {
  /** The ID of its owner. */
  ownerId: number | null | undefined;
  /** The IDs of other users. */
  userIds: readonly number[];
}

export interface EventLogEntry {
  /** Counts from 1 in each run of the server. */
  id: number;
  event: ServerEvent;
  /** As it was at that time, since the next streamer of that name is a different one. null: the event names no streamer. */
  audience: Audience | null;
  /** On whose account it happened, and from where, for the audit trail; null: not known, or nobody's. */
  by: Actor | null;
  address: string | null;
}

/** What is known of an event and not in it. `also`: the ID of one more user to tell. */
export interface EventContext {
  also?: number;
  by?: Actor | null;
  address?: string | null;
}

/** The last changes of state, numbered, and their followers. */
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

  add(event: NewServerEvent, { also, by = null, address = null }: EventContext = {}): void {
    const entry: EventLogEntry = {
      id: ++this.#lastId,
      event: { ...event, at: new Date().toISOString() } as ServerEvent,
      audience: 'streamer_id' in event ? this.#audience(event.streamer_id, also) : null,
      by,
      address,
    };
    this.#kept.push(entry);
    if (this.#kept.length > this.#capacity) this.#kept.shift();
    for (const follower of [...this.#followers]) follower(entry);
  }

  /** All events after `id`, oldest first; null if some of them are no longer kept, or that ID was never given. */
  since(id: number): EventLogEntry[] | null {
    if (id > this.#lastId || id < this.#lastId - this.#kept.length) return null;
    return this.#kept.filter((entry) => entry.id > id);
  }

  /** Returns a function that stops it. */
  follow(follower: (entry: EventLogEntry) => void): () => void {
    this.#followers.add(follower);
    return () => void this.#followers.delete(follower);
  }

  #audience(streamerId: string, also: number | undefined): Audience {
    const { ownerId, userIds } = this.#audienceOf(streamerId);
    return { ownerId, userIds: also === undefined ? userIds : [...userIds, also] };
  }
}
