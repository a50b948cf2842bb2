/** What each grant (`link:5`, `session:9`, ...) has open, so that it ends when the grant does. */
export class LiveGrants {
  readonly #ends = new Map<string, Set<(grant: string) => void>>();

  /** `end` is called with the first of the grants that is revoked; call the returned function once it has ended by itself. */
  add(grants: readonly string[], end: (grant: string) => void): () => void {
    for (const grant of grants) {
      const ends = this.#ends.get(grant) ?? new Set();
      ends.add(end);
      this.#ends.set(grant, ends);
    }
    return () => {
      for (const grant of grants) {
        const ends = this.#ends.get(grant);
        ends?.delete(end);
        if (ends?.size === 0) this.#ends.delete(grant);
      }
    };
  }

  revoke(grant: string): void {
    for (const end of [...(this.#ends.get(grant) ?? [])]) end(grant);
  }

  /** The grants that have something open. */
  get held(): string[] {
    return [...this.#ends.keys()];
  }
}
