/** So many at once; tokens live for a minute. */
const MAX_USED = 100_000;

/** Which tokens were used, for as long as somebody could use them again. Pure: times in ms are arguments. */
export class UsedTokens {
  /** When it ends, by the id of the token; the one that was used first comes first. */
  readonly #ends = new Map<string, number>();

  /** Whether it was the first time. With too many to remember none is good. */
  use(id: string, endsAt: number, now: number): boolean {
    for (const [old, end] of this.#ends) {
      if (now < end && this.#ends.size < MAX_USED) break;
      if (now < end) return false;
      this.#ends.delete(old);
    }
    if (this.#ends.has(id)) return false;
    this.#ends.set(id, endsAt);
    return true;
  }
}
