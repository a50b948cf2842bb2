import type { AccessUnit } from '@moonshare/gamestream';

/** Ticks per millisecond of the 90 kHz clock. */
const TICKS_PER_MS = 90;
/** Host time and arrival time may differ by this much before arrival time is used again, protocol/3 §6.1. */
const MAX_DRIFT = 1000 * TICKS_PER_MS;
/** A host clock that drifts twice within this time has a wrong rate (Sunshine 0.17 to 2025.122: 1 % fast) and is not used. */
const DISTRUST_MS = 5 * 60 * 1000;

/** RTP timestamps of video: the host's steps if it has a clock, else arrival times. Strictly increasing. */
export class VideoClock {
  /** Unwrapped ticks of the last picture, and when it came. */
  #last: { ticks: number; hostTimestamp: number; receivedAt: number } | null = null;
  /** Unwrapped ticks at local time 0. */
  readonly #origin: number;
  #reanchoredAt: number | null = null;
  #isDistrusted = false;

  /** `origin`: where the clock starts, u32; random, RFC 3550 §5.1. */
  constructor(origin: number) {
    this.#origin = origin;
  }

  /** The u32 timestamp of this picture. Call it once for each, in order. */
  stamp(unit: Pick<AccessUnit, 'hostTimestamp' | 'receivedAt'>): number {
    const ticks = this.#next(unit);
    this.#last = { ticks, hostTimestamp: unit.hostTimestamp, receivedAt: unit.receivedAt };
    return ticks % 2 ** 32;
  }

  /** The clock's value at local time `now`, u32, for sender reports; null before the first picture. */
  at(now: number): number | null {
    if (this.#last === null) return null;
    return Math.max(0, Math.round(this.#last.ticks + (now - this.#last.receivedAt) * TICKS_PER_MS)) % 2 ** 32;
  }

  #next({ hostTimestamp, receivedAt }: Pick<AccessUnit, 'hostTimestamp' | 'receivedAt'>): number {
    const arrival = this.#origin + Math.round(receivedAt * TICKS_PER_MS);
    const last = this.#last;
    if (last === null) return arrival;
    const earliest = last.ticks + 1;
    const step = (hostTimestamp - last.hostTimestamp) | 0;
    // A host without a clock repeats one value.
    if (step === 0 || this.#isDistrusted) return Math.max(earliest, arrival);
    const ticks = last.ticks + step;
    if (Math.abs(ticks - arrival) <= MAX_DRIFT) return Math.max(earliest, ticks);
    // Drift, or another host session with a different starting point.
    this.#isDistrusted = this.#reanchoredAt !== null && receivedAt - this.#reanchoredAt < DISTRUST_MS;
    this.#reanchoredAt = receivedAt;
    return Math.max(earliest, arrival);
  }
}
