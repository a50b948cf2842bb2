import type { CarrierStats, ViewerStats, ViewerTotals } from '@moonshare/contract';
import { Rate } from './rate.ts';

interface Entry {
  joinedAt: number;
  firstFrameMs: number | null;
  inputEvents: number;
  rate: Rate;
}

type Counts = Omit<ViewerTotals, 'joins'>;

/** What one streamer remembers of its viewers, those that left included. Pure; times are monotonic ms. */
export class ViewerLedger {
  readonly #entries = new Map<string, Entry>();
  /** Those who have had no frame yet. */
  readonly #waiting = new Set<string>();
  #joins = 0;
  #left: Counts = noCounts();

  joined(id: string, now: number): void {
    this.#joins += 1;
    this.#entries.set(id, { joinedAt: now, firstFrameMs: null, inputEvents: 0, rate: new Rate() });
    this.#waiting.add(id);
  }

  left(id: string, last: CarrierStats | null): void {
    if (last !== null) this.#left = add(this.#left, last);
    this.#entries.delete(id);
    this.#waiting.delete(id);
  }

  /** Somebody waits for the first frame: only then is `frameSent` worth a call. */
  get someWait(): boolean {
    return this.#waiting.size > 0;
  }

  /** A frame went out to this viewer. The time since its join if that was the first one, else null. */
  frameSent(id: string, now: number): number | null {
    const entry = this.#waiting.delete(id) ? this.#entries.get(id) : undefined;
    if (entry === undefined) return null;
    entry.firstFrameMs = now - entry.joinedAt;
    return entry.firstFrameMs;
  }

  input(id: string): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.inputEvents += 1;
  }

  /** Once a second, for the rates. */
  sample(viewers: readonly CarrierStats[], now: number): void {
    for (const { peerId, bytesSent } of viewers) this.#entries.get(peerId)?.rate.sample(bytesSent, now);
  }

  complete(stats: CarrierStats): ViewerStats {
    const entry = this.#entries.get(stats.peerId);
    return {
      ...stats,
      bitrateKbps: entry?.rate.kbps ?? 0,
      firstFrameMs: entry?.firstFrameMs ?? null,
      inputEvents: entry?.inputEvents ?? 0,
    };
  }

  /** `viewers`: those that are here. */
  totals(viewers: readonly CarrierStats[]): ViewerTotals {
    return { joins: this.#joins, ...viewers.reduce<Counts>(add, this.#left) };
  }
}

function noCounts(): Counts {
  return {
    bytesSent: 0,
    packetsSent: 0,
    framesSent: 0,
    framesDropped: 0,
    nacksReceived: 0,
    packetsResent: 0,
    plisReceived: 0,
  };
}

function add(sum: Counts, stats: CarrierStats): Counts {
  return {
    bytesSent: sum.bytesSent + stats.bytesSent,
    packetsSent: sum.packetsSent + stats.packetsSent,
    framesSent: sum.framesSent + stats.framesSent,
    framesDropped: sum.framesDropped + stats.framesDropped,
    nacksReceived: sum.nacksReceived + stats.nacksReceived,
    packetsResent: sum.packetsResent + stats.packetsResent,
    plisReceived: sum.plisReceived + stats.plisReceived,
  };
}
