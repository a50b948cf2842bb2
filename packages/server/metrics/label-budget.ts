/** Who came too late for a label of its own. */
export const OTHER = 'other';

/** Gives streamers a label each while there are any left: their ids are the callers' choice, series cost memory elsewhere. */
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

  /** It has ended. True if the label was its own and its series end with it. */
  release(id: string): boolean {
    return this.#own.delete(id);
  }
}
