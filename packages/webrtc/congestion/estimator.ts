import type { TransportFeedback } from '../rtcp/transport-feedback.ts';
import { ArrivalRate } from './arrival-rate.ts';
import { DelayTrend } from './delay-trend.ts';
import { SentPackets, type SentRun } from './sent-packets.ts';

/** What a line carries. `isLimit` false: at least that much, its limit has not been seen. */
export interface NetworkEstimate {
  kbps: number;
  isLimit: boolean;
}

/** Packets sent within this are one group: the line cannot tell them apart (draft-ietf-rmcat-gcc-02 §5.2). */
const GROUP_MS = 5;
/** A line that is full carries what arrives. */
const FULL_SHARE = 0.95;
/** A limit grows to no more than this much of what the line carries (§5.5), and is not tested by less than half of it. */
const HEADROOM = 1.5;
const TESTED_SHARE = 0.5;
const GROWTH_PER_S = 1.08;
/** Loss is measured over this; fewer packets say nothing (§6). */
const LOSS_MS = 1_000;
const LONGEST_LOSS_MS = 5_000;
const LEAST_PACKETS = 20;
const MUCH_LOSS = 0.1;
const SOME_LOSS = 0.02;
/** With a queue this long, some loss means that it is full. */
const QUEUE_MS = 50;
/** The shortest delay of the last one to two of these is that of an empty line; clocks drift, and routes change. */
const EMPTY_LINE_MS = 30_000;
/** A limit that the line does not show for this long, while it could, is none. */
const CALM_MS = 10_000;
/** What it carried at most is known for one to two of these. */
const PEAK_MS = 10_000;
/** Every 12 days the receiver's clock begins anew, and a receiver that sleeps may leave a gap: what was measured has no meaning then. */
const LONGEST_GAP_MS = 10_000;

/** Nothing has been heard of any packet. */
const NO_OUTCOME = { since: Number.NEGATIVE_INFINITY, lost: 0, arrived: 0, kbps: 0 };

type Limit =
  /** Not seen. */
  | { name: 'none' }
  /** `calmSince`: it has not been felt since, with enough to carry; null: it has, or there was not. */
  | { name: 'seen'; kbps: number; calmSince: number | null };

/**
 * What one viewer's line carries, by the delay and the loss of what is sent to it. We send what the host gives, and cannot send more
 * to find out: so a limit is known once it has been felt, and otherwise only what got through. Pure; times are monotonic ms.
 */
export class BandwidthEstimator {
  readonly #sent = new SentPackets();
  #trend = new DelayTrend();
  readonly #rate = new ArrivalRate();
  readonly #peak = new Extreme(PEAK_MS, Math.max);
  readonly #emptyLine = new Extreme(EMPTY_LINE_MS, Math.min);
  #limit: Limit = { name: 'none' };
  /** The group that may still grow. */
  #group: { sentAt: number; arrivedAt: number } | null = null;
  /** The place of the first packet that no feedback was about. */
  #next = 0;
  /** The place of the first packet that went this way. */
  #from = 0;
  #outcome = { ...NO_OUTCOME };
  #advancedAt: number | null = null;
  #lastArrival: number | null = null;

  /** The number of the first of the packets that are sent next, u16. */
  get number(): number {
    return this.#sent.next & 0xffff;
  }

  /** null: nothing is known yet. */
  get estimate(): NetworkEstimate | null {
    if (this.#limit.name === 'seen') return { kbps: Math.round(this.#limit.kbps), isLimit: true };
    const peak = this.#peak.value;
    return peak === null ? null : { kbps: Math.round(peak), isLimit: false };
  }

  /** These were sent, numbered on from `number`. They are looked at once more when feedback comes. */
  sent(packets: readonly Uint8Array[], now: number): void {
    this.#sent.add(packets, now);
  }

  /** Packets go another way from now on: nothing is known of it, and what was sent before says nothing about it. */
  pathChanged(): void {
    this.#from = this.#sent.next;
    this.#limit = { name: 'none' };
    this.#peak.forget();
    this.#outcome = { ...NO_OUTCOME };
    this.#forgetTimes();
  }

  feedback({ base, arrivals }: TransportFeedback, now: number): void {
    const first = this.#sent.placeOf(base);
    const end = Math.min(first + arrivals.length, this.#sent.next);
    let isOver = false;
    let run: SentRun | null = null;
    // Nothing is looked for where nothing is known: a few bytes can be about thousands.
    for (let place = Math.max(first, this.#sent.oldest, this.#from); place < end; place += 1) {
      if (run === null || place >= run.first + run.packets.length) run = this.#sent.find(place);
      if (run === null) break;
      isOver = this.#packet(run, place, arrivals[place - first]!) || isOver;
    }
    this.#next = Math.max(this.#next, end);
    this.#advance(isOver, now);
  }

  /** Whether a queue fills. */
  #packet(run: SentRun, place: number, arrivedAt: number): boolean {
    const isNew = place >= this.#next;
    if (Number.isNaN(arrivedAt)) {
      if (isNew) this.#outcome.lost += 1;
      return false;
    }
    const { length } = run.packets[place - run.first]!;
    if (this.#lastArrival !== null && Math.abs(arrivedAt - this.#lastArrival) > LONGEST_GAP_MS) this.#forgetTimes();
    this.#lastArrival = Math.max(this.#lastArrival ?? arrivedAt, arrivedAt);
    this.#rate.add(arrivedAt, length);
    this.#outcome.arrived += 1;
    // One that was thought lost has come late.
    if (!isNew) this.#outcome.lost = Math.max(0, this.#outcome.lost - 1);
    return isNew && this.#intoGroup(run.at, arrivedAt);
  }

  #intoGroup(sentAt: number, arrivedAt: number): boolean {
    const group = this.#group;
    if (group !== null && sentAt - group.sentAt <= GROUP_MS) {
      group.arrivedAt = Math.max(group.arrivedAt, arrivedAt);
      return false;
    }
    this.#group = { sentAt, arrivedAt };
    if (group !== null) this.#emptyLine.add(group.arrivedAt - group.sentAt, group.sentAt);
    return group !== null && this.#trend.add(group.sentAt, group.arrivedAt) === 'over';
  }

  #advance(isOver: boolean, now: number): void {
    const elapsed = Math.min(Math.max(now - (this.#advancedAt ?? now), 0), LOSS_MS);
    this.#advancedAt = now;
    const kbps = this.#rate.kbps;
    if (kbps !== null) {
      this.#peak.add(kbps, now);
      this.#outcome.kbps = Math.max(this.#outcome.kbps, kbps);
    }
    const lossyKbps = this.#conclude(now);
    if (isOver && kbps !== null) this.#felt(kbps);
    else if (lossyKbps !== null) this.#felt(lossyKbps);
    else if (kbps !== null && this.#limit.name === 'seen') this.#raise(this.#limit, kbps, elapsed, now);
  }

  /** At the end of a second in which too much was lost: what got through at most, kbit/s; else null. */
  #conclude(now: number): number | null {
    const { since, lost, arrived, kbps } = this.#outcome;
    const all = lost + arrived;
    const ms = now - since;
    if (ms < LOSS_MS || (all < LEAST_PACKETS && ms < LONGEST_LOSS_MS)) return null;
    this.#outcome = { ...NO_OUTCOME, since: now };
    if (all < LEAST_PACKETS || kbps === 0) return null;
    const isFull = lost >= all * MUCH_LOSS || (lost >= all * SOME_LOSS && this.#queueMs() >= QUEUE_MS);
    return isFull ? kbps : null;
  }

  /** How much longer than on an empty line the last group took. */
  #queueMs(): number {
    const empty = this.#emptyLine.value;
    return this.#group === null || empty === null ? 0 : this.#group.arrivedAt - this.#group.sentAt - empty;
  }

  #felt(kbps: number): void {
    this.#limit = { name: 'seen', kbps: kbps * FULL_SHARE, calmSince: null };
  }

  #raise(limit: Limit & { name: 'seen' }, kbps: number, elapsed: number, now: number): void {
    const cap = kbps * HEADROOM;
    if (limit.kbps <= cap) limit.kbps = Math.max(kbps, Math.min(limit.kbps * GROWTH_PER_S ** (elapsed / 1000), cap));
    if (kbps < limit.kbps * TESTED_SHARE) limit.calmSince = null;
    else if (limit.calmSince === null) limit.calmSince = now;
    else if (now - limit.calmSince >= CALM_MS) this.#limit = { name: 'none' };
  }

  #forgetTimes(): void {
    this.#rate.forget();
    this.#trend = new DelayTrend();
    this.#emptyLine.forget();
    this.#group = null;
    this.#lastArrival = null;
  }
}

/** The largest or smallest of what came within the last one to two spans. */
class Extreme {
  readonly #spanMs: number;
  readonly #of: (a: number, b: number) => number;
  #since: number | null = null;
  #before: number | null = null;
  #current: number | null = null;

  constructor(spanMs: number, of: (a: number, b: number) => number) {
    this.#spanMs = spanMs;
    this.#of = of;
  }

  get value(): number | null {
    if (this.#before === null || this.#current === null) return this.#before ?? this.#current;
    return this.#of(this.#before, this.#current);
  }

  add(value: number, now: number): void {
    this.#since ??= now;
    if (now - this.#since >= this.#spanMs) {
      this.#before = this.#current;
      this.#current = null;
      this.#since = now;
    }
    this.#current = this.#current === null ? value : this.#of(this.#current, value);
  }

  forget(): void {
    this.#since = null;
    this.#before = null;
    this.#current = null;
  }
}
