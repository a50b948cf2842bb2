import type { NewServerEvent, ServerEvent } from '@moonshare/contract';

/** Who was away for a moment is told what it missed; who was away longer reads the lists again. */
const KEPT = 1_000;

export interface JournalEntry {
  /** Counts from 1 in each run of the server. */
  id: number;
  event: ServerEvent;
}

/** The last changes of state, numbered, and those who follow them. */
export class Journal {
  readonly #kept: JournalEntry[] = [];
  readonly #followers = new Set<(entry: JournalEntry) => void>();
  readonly #capacity: number;
  #lastId = 0;

  constructor(capacity = KEPT) {
    this.#capacity = capacity;
  }

  get lastId(): number {
    return this.#lastId;
  }

  add(event: NewServerEvent): void {
    const entry: JournalEntry = {
      id: ++this.#lastId,
      event: { ...event, at: new Date().toISOString() } as ServerEvent,
    };
    this.#kept.push(entry);
    if (this.#kept.length > this.#capacity) this.#kept.shift();
    for (const follower of [...this.#followers]) follower(entry);
  }

  /** All after `id`, oldest first; null if some of them are no longer kept, or that id was never given. */
  since(id: number): JournalEntry[] | null {
    if (id > this.#lastId || id < this.#lastId - this.#kept.length) return null;
    return this.#kept.filter((entry) => entry.id > id);
  }

  /** Returns what ends it. */
  follow(follower: (entry: JournalEntry) => void): () => void {
    this.#followers.add(follower);
    return () => void this.#followers.delete(follower);
  }
}
