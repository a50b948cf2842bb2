import { distance, isAfter, plus } from './serial.ts';

/** Gaps that we keep; a chunk that would make one more is refused, and comes again. Also as many as fit into a SACK. */
const MAX_RANGES = 256;
/** A SACK counts from the cumulative TSN in 16 bits. */
const MAX_AHEAD = 0xffff;
const MAX_DUPLICATES = 16;

/** Which TSNs have arrived: all up to `cumulative`, and ranges beyond it. */
export class ReceivedTsns {
  #cumulative: number;
  /** First and last TSN, in order, with gaps between them. */
  readonly #ranges: [number, number][] = [];
  #duplicates: number[] = [];

  constructor(initialTsn: number) {
    this.#cumulative = plus(initialTsn, -1);
  }

  get cumulative(): number {
    return this.#cumulative;
  }

  get hasGaps(): boolean {
    return this.#ranges.length > 0;
  }

  /** `refused`: too far ahead, or one gap too many. `new` changes nothing; `add` does. */
  check(tsn: number): 'new' | 'duplicate' | 'refused' {
    if (!isAfter(tsn, this.#cumulative)) return 'duplicate';
    const ahead = distance(this.#cumulative, tsn);
    if (ahead > MAX_AHEAD) return 'refused';
    const index = this.#rangeAfter(ahead);
    const [, last] = this.#ranges[index - 1] ?? [0, this.#cumulative];
    if (!isAfter(tsn, last)) return 'duplicate';
    const joins = plus(last, 1) === tsn || this.#ranges[index]?.[0] === plus(tsn, 1);
    return joins || this.#ranges.length < MAX_RANGES ? 'new' : 'refused';
  }

  /** Adds a TSN that `check` calls new. */
  add(tsn: number): void {
    const index = this.#rangeAfter(distance(this.#cumulative, tsn));
    const before = this.#ranges[index - 1];
    const after = this.#ranges[index];
    const joinsAfter = after !== undefined && after[0] === plus(tsn, 1);
    if (before !== undefined && plus(before[1], 1) === tsn) {
      before[1] = joinsAfter ? after[1] : tsn;
      if (joinsAfter) this.#ranges.splice(index, 1);
    } else if (joinsAfter) {
      after[0] = tsn;
    } else {
      this.#ranges.splice(index, 0, [tsn, tsn]);
    }
    this.#join();
  }

  duplicate(tsn: number): void {
    if (this.#duplicates.length < MAX_DUPLICATES) this.#duplicates.push(tsn);
  }

  /** Everything up to `tsn` counts as arrived. */
  forward(tsn: number): void {
    this.#cumulative = tsn;
    while (this.#ranges.length > 0 && !isAfter(this.#ranges[0]![0], plus(tsn, 1))) {
      const [, last] = this.#ranges.shift()!;
      if (isAfter(last, this.#cumulative)) this.#cumulative = last;
    }
  }

  /** What a SACK says of it. The duplicates are said once. */
  report(): { cumulative: number; gaps: [number, number][]; duplicates: number[] } {
    const duplicates = this.#duplicates;
    this.#duplicates = [];
    const offset = (tsn: number) => distance(this.#cumulative, tsn);
    return {
      cumulative: this.#cumulative,
      gaps: this.#ranges.map(([first, last]) => [offset(first), offset(last)]),
      duplicates,
    };
  }

  /** The index of the first range that begins beyond `ahead`. */
  #rangeAfter(ahead: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (distance(this.#cumulative, this.#ranges[middle]![0]) > ahead) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** A first range without a gap before it is no range. */
  #join(): void {
    const first = this.#ranges[0];
    if (first === undefined || first[0] !== plus(this.#cumulative, 1)) return;
    this.#cumulative = first[1];
    this.#ranges.shift();
  }
}
