const WINDOW_MS = 500;
/** Over a shorter time than this, a burst would look like a rate. */
const LEAST_MS = 100;
const MAX_ENTRIES = 512;

/** How much arrives, over the last half second of the receiver's clock. Pure. */
export class ArrivalRate {
  readonly #entries: { at: number; bytes: number }[] = [];
  #bytes = 0;

  add(at: number, bytes: number): void {
    const last = this.#entries.at(-1);
    // Late ones count as of now, and times never run backwards.
    if (last !== undefined && at - last.at < 1) last.bytes += bytes;
    else this.#entries.push({ at, bytes });
    this.#bytes += bytes;
    const newest = this.#entries.at(-1)!.at;
    while (this.#entries.length > MAX_ENTRIES || newest - this.#entries[0]!.at > WINDOW_MS)
      this.#bytes -= this.#entries.shift()!.bytes;
  }

  /** kbit/s; null: too little is known. */
  get kbps(): number | null {
    const [first] = this.#entries;
    const ms = first === undefined ? 0 : this.#entries.at(-1)!.at - first.at;
    // What came with the first entry was sent before the time that is measured.
    return ms < LEAST_MS ? null : ((this.#bytes - first!.bytes) * 8) / ms;
  }

  forget(): void {
    this.#entries.length = 0;
    this.#bytes = 0;
  }
}
