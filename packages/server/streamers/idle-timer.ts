/** Calls back when no one has been present for a while, starting from its creation. */
export class IdleTimer {
  readonly #limitMs: number;
  readonly #onIdle: () => void;
  #timer: NodeJS.Timeout | undefined;
  #present = 0;
  #stopped = false;

  /** `limitMs` 0: never. */
  constructor(limitMs: number, onIdle: () => void) {
    this.#limitMs = limitMs;
    this.#onIdle = onIdle;
    this.#arm();
  }

  /** How many are present now. */
  set present(count: number) {
    const before = this.#present;
    this.#present = count;
    if (count > 0) clearTimeout(this.#timer);
    else if (before > 0) this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #arm(): void {
    if (this.#limitMs > 0 && !this.#stopped) this.#timer = setTimeout(this.#onIdle, this.#limitMs);
  }
}
