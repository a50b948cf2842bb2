/** Datagrams sent at once: 64 KiB every millisecond is about half a gigabit per second. */
const BATCH = { datagrams: 64, bytes: 64 * 1024 };
const INTERVAL_MS = 1;

/** Sends as Sunshine does, protocol/3 §2.7: small frames at once, large ones in batches, in order. */
export class PacedSender {
  readonly #send: (datagrams: Buffer[]) => void;
  #waiting: Buffer[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(send: (datagrams: Buffer[]) => void) {
    this.#send = send;
  }

  add(datagrams: readonly Buffer[]): void {
    this.#waiting.push(...datagrams);
    if (this.#timer === null) this.#next();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#waiting = [];
  }

  #next(): void {
    let [count, bytes] = [0, 0];
    for (const { length } of this.#waiting) {
      if (count === BATCH.datagrams || bytes + length > BATCH.bytes) break;
      count += 1;
      bytes += length;
    }
    this.#send(this.#waiting.splice(0, count));
    this.#timer = this.#waiting.length === 0 ? null : setTimeout(() => this.#next(), INTERVAL_MS);
  }
}
