/** How long to keep what a viewer held that vanished, or that is back but not connected yet. */
const KEEP_MS = 4_000;
/** More than can vanish at once; beyond it the oldest is released. */
const MAX_KEPT = 64;

/** Viewers whose input stays held although they are not connected at the moment. */
export class KeptInput {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #release: (id: string) => void;
  readonly #keepMs: number;

  /** `release` is called for each viewer that was not taken in time. */
  constructor(release: (id: string) => void, keepMs = KEEP_MS) {
    this.#release = release;
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

  /** Someone else takes care of it from now on. False: it was not kept (any more). */
  take(id: string): boolean {
    clearTimeout(this.#timers.get(id));
    return this.#timers.delete(id);
  }

  /** The session ends, and with it what is held. */
  close(): void {
    for (const id of [...this.#timers.keys()]) this.take(id);
  }

  #end(id: string): void {
    if (this.take(id)) this.#release(id);
  }
}
