const GROUPS = 1024;
const WINDOWS_AHEAD = 32;

/** Lets each unsequenced group of a connection through once, protocol/2 §1.7. */
export class UnsequencedWindow {
  /** null: the first group seen sets it, for a recording that starts in the middle. */
  #base: number | null;
  readonly #seen = new Uint8Array(GROUPS);

  constructor(base: 0 | null = 0) {
    this.#base = base;
  }

  accept(group: number): boolean {
    const index = group % GROUPS;
    this.#base ??= group - index;
    const unwrapped = group < this.#base ? group + 0x10000 : group;
    if (unwrapped >= this.#base + WINDOWS_AHEAD * GROUPS) return false;
    if (group - index !== this.#base) {
      this.#base = group - index;
      this.#seen.fill(0);
    } else if (this.#seen[index] === 1) {
      return false;
    }
    this.#seen[index] = 1;
    return true;
  }
}
