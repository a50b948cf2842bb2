import { type ChainedRecord, type Head, hashOf, NO_RECORDS, parseRecord } from './chain.ts';

/** Where a line is: the name of the file, and its number in there, from 1. */
export interface Place {
  file: string;
  line: number;
}

/** Something that is not as it was written. `first` to `last`: which records it is about. */
export type Finding =
  /** The line is not what the one after it, or the head, says. */
  | { problem: 'changed'; first: number; last: number; place: Place }
  /** The line is no record. */
  | { problem: 'unreadable'; place: Place }
  /** They are not there, before this line. */
  | { problem: 'missing'; first: number; last: number; place: Place }
  /** It comes after a later one. */
  | { problem: 'moved'; first: number; last: number; place: Place }
  /** A head that was noted is not in the trail; `last` is the last record that is. */
  | { problem: 'cut'; first: number; last: number; place: Place | null }
  /** No head is noted beside the files, or it cannot be read; with a place, that was so before this line. Records may be missing there. */
  | { problem: 'unnoted'; place: Place | null };

/** More than this says nothing more. */
const MAX_FINDINGS = 100;

/** Checks the lines of a chain in order. Pure. */
export class ChainCheck {
  readonly findings: Finding[] = [];
  /** How many lines were records. */
  records = 0;
  readonly #heads: readonly Head[];
  #last: (Head & { place: Place }) | null = null;
  #first: number | null = null;
  #firstPlace: Place | null = null;
  /** Records up to this one were removed for their age or their size, as the trail itself says. */
  #prunedThrough = 0;

  /** `heads`: those that were noted, which the chain must contain. */
  constructor(heads: readonly Head[] = []) {
    this.#heads = heads.filter(({ seq }) => seq > 0);
  }

  /** The last record; null: none yet. */
  get head(): Head | null {
    return this.#last && { seq: this.#last.seq, hash: this.#last.hash };
  }

  /** The number of the first record; null: none yet. */
  get first(): number | null {
    return this.#first;
  }

  add(line: string, place: Place): ChainedRecord | null {
    const hash = hashOf(line);
    const record = parseRecord(line);
    if (record === null) {
      this.#report({ problem: 'unreadable', place });
      // The chain may go on from it: it was a record once.
      if (this.#last !== null) this.#last = { seq: this.#last.seq + 1, hash, place };
      return null;
    }
    this.records += 1;
    const { seq, previous } = record;
    if (this.#last === null) {
      this.#first = seq;
      this.#firstPlace = place;
      if (seq === 1 && previous !== NO_RECORDS.hash) this.#report({ problem: 'changed', first: 1, last: 1, place });
    } else this.#compare(this.#last, seq, previous, place);
    for (const noted of this.#heads) {
      if (noted.seq === seq && noted.hash !== hash) this.#report({ problem: 'changed', first: seq, last: seq, place });
    }
    if (record.event === 'trail.pruned' && typeof record.through === 'number')
      this.#prunedThrough = Math.max(this.#prunedThrough, record.through);
    if (record.event === 'trail.unnoted') this.#report({ problem: 'unnoted', place });
    // What follows goes on from the furthest one.
    if (this.#last === null || seq > this.#last.seq) this.#last = { seq, hash, place };
    return record;
  }

  /** After the last line. */
  end(): Finding[] {
    const last = this.#last?.seq ?? 0;
    if (this.#first !== null && this.#firstPlace !== null && this.#first > this.#prunedThrough + 1)
      this.#report({
        problem: 'missing',
        first: this.#prunedThrough + 1,
        last: this.#first - 1,
        place: this.#firstPlace,
      });
    const furthest = Math.max(0, ...this.#heads.map(({ seq }) => seq));
    if (furthest > last)
      this.#report({ problem: 'cut', first: last + 1, last: furthest, place: this.#last?.place ?? null });
    return this.findings;
  }

  #compare(last: Head & { place: Place }, seq: number, previous: string, place: Place): void {
    if (seq === last.seq + 1) {
      if (previous !== last.hash && !this.#isReported(last.seq))
        this.#report({ problem: 'changed', first: last.seq, last: last.seq, place: last.place });
    } else if (seq > last.seq) this.#report({ problem: 'missing', first: last.seq + 1, last: seq - 1, place });
    else this.#report({ problem: 'moved', first: seq, last: seq, place });
  }

  /** A noted head may have shown it already. */
  #isReported(seq: number): boolean {
    return this.findings.some((finding) => finding.problem === 'changed' && finding.first === seq);
  }

  #report(finding: Finding): void {
    if (this.findings.length < MAX_FINDINGS) this.findings.push(finding);
  }
}
