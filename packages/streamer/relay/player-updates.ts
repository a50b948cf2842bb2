/** Gamepads that come and go together cause one update. */
const COLLECT_MS = 50;

/** Tells viewers which player they are when that may have changed, but not more often than anyone can plug in gamepads. */
export class PlayerUpdates {
  readonly #due = new Set<string>();
  readonly #send: (viewer: string) => void;
  #timer: NodeJS.Timeout | null = null;

  constructor(send: (viewer: string) => void) {
    this.#send = send;
  }

  changed(viewer: string): void {
    this.#due.add(viewer);
    this.#timer ??= setTimeout(() => this.#flush(), COLLECT_MS);
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #flush(): void {
    this.#timer = null;
    const due = [...this.#due];
    this.#due.clear();
    for (const viewer of due) this.#send(viewer);
  }
}
