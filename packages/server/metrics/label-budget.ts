/** The shared label of those that came too late for a separate one. */
export const OTHER = 'other';

/** Gives each streamer a label while there are any left: callers choose the IDs, and series cost memory in Prometheus. */
export class LabelBudget {
  readonly #own = new Set<string>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  label(id: string): string {
    if (this.#own.has(id)) return id;
    if (id === OTHER || this.#own.size >= this.#limit) return OTHER;
    this.#own.add(id);
    return id;
  }

  /** The streamer has ended. True if it had a separate label, whose series end with it. */
  release(id: string): boolean {
    return this.#own.delete(id);
  }
}
