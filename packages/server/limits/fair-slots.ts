/**
 * Slots for those who have not shown any right yet: a number per address and a total. When full, the newcomer goes if no address
 * has more than its own, otherwise the oldest of the address that has most: a flood displaces itself.
 */
export class FairSlots<T> {
  readonly #limits: { perKey: number; total: number };
  /** Oldest first. */
  readonly #byKey = new Map<string, Set<T>>();
  readonly #keys = new Map<T, string>();

  constructor(limits: { perKey: number; total: number }) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#keys.size;
  }

  has(member: T): boolean {
    return this.#keys.has(member);
  }

  /**
   * Adds it as the newest, and returns and forgets the one that has to go for it: null, another, or itself. `full`: there is no
   * room for all of them, whatever the limits. `bounded` false: its address may have as many as there is room for.
   */
  add(member: T, key: string, options: { full?: boolean; bounded?: boolean } = {}): T | null {
    this.delete(member);
    const own = this.#byKey.get(key) ?? new Set();
    own.add(member);
    this.#byKey.set(key, own);
    this.#keys.set(member, key);
    const tooMany = options.bounded !== false && own.size > this.#limits.perKey;
    if (!tooMany && !options.full && this.#keys.size <= this.#limits.total) return null;
    const leaving = tooMany ? member : this.#displaced(member, key, own.size);
    this.delete(leaving);
    return leaving;
  }

  delete(member: T): void {
    const key = this.#keys.get(member);
    if (key === undefined) return;
    this.#keys.delete(member);
    const own = this.#byKey.get(key);
    own?.delete(member);
    if (own?.size === 0) this.#byKey.delete(key);
  }

  #displaced(newcomer: T, key: string, own: number): T {
    let most: Set<T> | null = null;
    for (const [other, members] of this.#byKey) {
      if (other !== key && members.size > (most?.size ?? own - 1)) most = members;
    }
    return most?.values().next().value ?? newcomer;
  }
}
