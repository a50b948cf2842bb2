/** So long is kept what somebody held who went without a word, or who has come back and is not connected yet. */
const KEEP_MS = 4_000;
/** More than can go at once without a word; the oldest is let go for the next. */
const MAX_KEPT = 64;

/** Whose input is held though nobody is connected for it at the moment. */
export class KeptInput {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #letGo: (id: string) => void;
  readonly #keepMs: number;

  /** `letGo` is called for each that was not taken in time. */
  constructor(letGo: (id: string) => void, keepMs = KEEP_MS) {
    this.#letGo = letGo;
    this.#keepMs = keepMs;
  }

  keep(id: string): void {
    this.take(id);
    const [oldest] = this.#timers.keys();
    if (oldest !== undefined && this.#timers.size >= MAX_KEPT) this.#end(oldest);
    this.#timers.set(
      id,
      setTimeout(() => this.#end(id), this.#keepMs),
    );
  }

  has(id: string): boolean {
    return this.#timers.has(id);
  }

  /** From now on somebody else cares for it. False: it was not kept (any more). */
  take(id: string): boolean {
    clearTimeout(this.#timers.get(id));
    return this.#timers.delete(id);
  }

  /** The session ends, and what is held with it. */
  close(): void {
    for (const id of [...this.#timers.keys()]) this.take(id);
  }

  #end(id: string): void {
    if (this.take(id)) this.#letGo(id);
  }
}
