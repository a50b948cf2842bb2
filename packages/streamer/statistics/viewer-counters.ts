import type { Rung, ViewerStatistics, ViewerTotals } from '@moonshare/contract';
import { addCounts, NO_COUNTS } from '../viewer/counts.ts';
import type { ParticipantStatistics } from '../viewer/participant.ts';
import { BitrateMeter } from './bitrate-meter.ts';

interface Entry {
  joinedAt: number;
  firstFrameMs: number | null;
  inputEvents: number;
  rate: BitrateMeter;
}

/** The counters of one streamer's viewers, including those that have left. Pure; times are monotonic ms. */
export class ViewerCounters {
  readonly #entries = new Map<string, Entry>();
  /** Those that have had no frame yet. */
  readonly #waiting = new Set<string>();
  #joins = 0;
  #left = NO_COUNTS;

  joined(id: string, now: number): void {
    this.#joins += 1;
    this.#entries.set(id, { joinedAt: now, firstFrameMs: null, inputEvents: 0, rate: new BitrateMeter() });
    this.#waiting.add(id);
  }

  left(id: string, last: ParticipantStatistics | null): void {
    if (last !== null) this.#left = addCounts(this.#left, last);
    this.#entries.delete(id);
    this.#waiting.delete(id);
  }

  /** A viewer is waiting for its first frame: only then does `frameSent` need calling. */
  get isAnyWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** A frame was sent to this viewer. Returns the time since its join if that was the first one, else null. */
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

  /** Call once a second, for the rates. */
  sample(viewers: readonly ParticipantStatistics[], now: number): void {
    for (const { peer_id, bytes_sent } of viewers) this.#entries.get(peer_id)?.rate.sample(bytes_sent, now);
  }

  complete(stats: ParticipantStatistics & { rung: Rung }): ViewerStatistics {
    const entry = this.#entries.get(stats.peer_id);
    return {
      ...stats,
      bitrate_kbps: entry?.rate.kbps ?? 0,
      first_frame_ms: entry?.firstFrameMs ?? null,
      input_events: entry?.inputEvents ?? 0,
    };
  }

  /** `viewers`: those still here. */
  totals(viewers: readonly ParticipantStatistics[]): ViewerTotals {
    return { joins: this.#joins, ...viewers.reduce(addCounts, this.#left) };
  }
}
