import { localNetworks } from '@moonshare/webrtc';
import type { BudgetMeter } from '../../viewer/budget-meter.ts';
import { usableCandidate } from './candidates.ts';

/** The most addresses that packets are sent to. */
const MAX_CANDIDATES = 20;

/** The browser's addresses, since ICE was started or restarted. They are kept even when handed over: another connection may replace the current one. */
export class RemoteCandidates {
  readonly #lines = new Set<string>();
  readonly #meter: BudgetMeter;

  constructor(meter: BudgetMeter) {
    this.#meter = meter;
  }

  /** Returns the line to use, null: none is used. */
  add(line: string): string | null {
    if (this.#lines.size >= MAX_CANDIDATES) return null;
    const candidate = usableCandidate(line, localNetworks());
    if (candidate === null || this.#lines.has(candidate) || !this.#meter.allows('candidates')) return null;
    this.#lines.add(candidate);
    return candidate;
  }

  /** ICE starts again: the browser announces anew where it is. */
  clear(): void {
    this.#lines.clear();
  }

  all(): Iterable<string> {
    return this.#lines;
  }
}
