/** Who holds what: an item is down from its first holder to its last. */
export class HeldUnion {
  readonly #holders = new Map<number, Set<string>>();

  /** True if the item went down with this. */
  press(viewer: string, item: number): boolean {
    const holders = this.#holders.get(item);
    if (holders !== undefined) {
      holders.add(viewer);
      return false;
    }
    this.#holders.set(item, new Set([viewer]));
    return true;
  }

  /** True if the item went up with this; releasing what one does not hold changes nothing. */
  release(viewer: string, item: number): boolean {
    const holders = this.#holders.get(item);
    if (holders === undefined || !holders.delete(viewer) || holders.size > 0) return false;
    this.#holders.delete(item);
    return true;
  }

  /** Releases everything a viewer holds; returns what went up. */
  releaseViewer(viewer: string): number[] {
    return [...this.#holders.keys()].filter((item) => this.release(viewer, item));
  }

  /** Hands everything one viewer holds to another; nothing goes up or down. */
  transfer(from: string, to: string): void {
    for (const holders of this.#holders.values()) if (holders.delete(from)) holders.add(to);
  }

  /** Releases everything; returns what went up. */
  clear(): number[] {
    const items = [...this.#holders.keys()];
    this.#holders.clear();
    return items;
  }

  isHeld(item: number): boolean {
    return this.#holders.has(item);
  }

  countHeldBy(viewer: string): number {
    let count = 0;
    for (const holders of this.#holders.values()) if (holders.has(viewer)) count += 1;
    return count;
  }
}
