/** At once; tokens live for a minute. */
const MAX_USED = 100_000;

/** Remembers used tokens for as long as they could be used again. Pure: times in ms are arguments. */
export class UsedTokens {
  /** Expiry by token ID, in the order of use. */
  readonly #ends = new Map<string, number>();

  /** Whether it was the first time. With too many to remember, none is accepted. */
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
