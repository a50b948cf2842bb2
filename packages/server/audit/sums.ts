import type { AuditRecord } from './records.ts';

const WINDOW_MS = 60_000;
/** Lines a minute that one caller can cause, and all strangers together: no one pushes the records of others out of the trail. */
const LINES = { caller: 120, strangers: 20 };
/** Callers and sums of one minute; what is beyond is summed without saying of whom. */
const MAX_KEYS = 1_000;

/** Who causes a record: lines are counted for each. */
export type Cause = { of: 'strangers' } | { of: 'caller'; key: string };

interface Sum {
  record: AuditRecord;
  count: number;
  counts: Map<string, number>;
  firstAt: Date;
}

/** A record that stands for many: `count` of them since `from`. */
export type SummedRecord = AuditRecord & { count: number; from: string };

/** What is written record by record, and what becomes a sum for the minute. Pure: times in ms are arguments. */
export class Sums {
  readonly #lines = new Map<string, number>();
  readonly #sums = new Map<string, Sum>();
  #windowEnd = Number.NEGATIVE_INFINITY;

  /** When `advance` has something; Infinity: nothing is summed. */
  get wakeAt(): number {
    return this.#sums.size === 0 ? Number.POSITIVE_INFINITY : this.#windowEnd;
  }

  /** Whether one more line of this cause may be written now. */
  mayWrite(cause: Cause, now: number): boolean {
    this.#begin(now);
    const own = cause.of === 'caller' ? cause.key : '';
    const key = this.#lines.has(own) || this.#lines.size < MAX_KEYS ? own : '';
    const lines = this.#lines.get(key) ?? 0;
    if (lines >= (key === '' ? LINES.strangers : LINES.caller)) return false;
    this.#lines.set(key, lines + 1);
    return true;
  }

  /** Adds to the sum of all that are like this one. `counts`: of what, if it is itself a sum. */
  add(record: AuditRecord, at: Date, now: number, counts: Readonly<Record<string, number>> = {}): void {
    this.#begin(now);
    const exact = JSON.stringify(record);
    const isKnown = this.#sums.has(exact) || this.#sums.size < MAX_KEYS;
    const kept: AuditRecord = isKnown ? record : { event: record.event, by: null };
    const key = isKnown ? exact : record.event;
    const sum = this.#sums.get(key) ?? { record: kept, count: 0, counts: new Map<string, number>(), firstAt: at };
    this.#sums.set(key, sum);
    sum.count += 1;
    for (const [name, count] of Object.entries(counts)) sum.counts.set(name, (sum.counts.get(name) ?? 0) + count);
  }

  /** The sums of a minute that is over. */
  advance(now: number): SummedRecord[] {
    return now < this.#windowEnd ? [] : this.flush();
  }

  /** All of them, now. */
  flush(): SummedRecord[] {
    const records = [...this.#sums.values()].map(({ record, count, counts, firstAt }) => ({
      ...record,
      count,
      ...(counts.size > 0 && { counts: Object.fromEntries(counts) }),
      from: firstAt.toISOString(),
    }));
    this.#sums.clear();
    return records;
  }

  #begin(now: number): void {
    if (now < this.#windowEnd || this.#sums.size > 0) return;
    this.#lines.clear();
    this.#windowEnd = now + WINDOW_MS;
  }
}
