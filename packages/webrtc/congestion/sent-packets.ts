/** Packets that were sent together. */
export interface SentRun {
  /** Count of the packets before its first, since the start. */
  first: number;
  /** ms */
  at: number;
  packets: readonly Uint8Array[];
}

/** Two seconds of 60 frames a second in four parts each; feedback comes several times a second. */
const MAX_RUNS = 512;

/** What was sent lately, by its place among all that was sent. Runs share their packets with whoever else keeps them. */
export class SentPackets {
  readonly #runs: SentRun[] = [];
  #oldest = 0;
  #next = 0;

  /** The place of the next packet. */
  get next(): number {
    return this.#next;
  }

  /** The place of the oldest that is known; all after it are. */
  get oldest(): number {
    return this.#runs.length === 0 ? this.#next : this.#at(0).first;
  }

  add(packets: readonly Uint8Array[], at: number): void {
    if (packets.length === 0) return;
    const run = { first: this.#next, at, packets };
    if (this.#runs.length < MAX_RUNS) this.#runs.push(run);
    else {
      this.#runs[this.#oldest] = run;
      this.#oldest = (this.#oldest + 1) % MAX_RUNS;
    }
    this.#next += packets.length;
  }

  /** The place that a u16 number means: the latest there is. May be negative, or not known any more. */
  placeOf(number: number): number {
    const last = this.#next - 1;
    return last - ((last - number) & 0xffff);
  }

  /** The run with this place; null: never sent, or too long ago. */
  find(place: number): SentRun | null {
    let [low, high] = [0, this.#runs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#at(middle).first <= place) low = middle + 1;
      else high = middle;
    }
    const run = low === 0 ? null : this.#at(low - 1);
    return run !== null && place < run.first + run.packets.length ? run : null;
  }

  #at(index: number): SentRun {
    return this.#runs[(this.#oldest + index) % this.#runs.length]!;
  }
}
