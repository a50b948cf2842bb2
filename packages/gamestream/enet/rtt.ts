import { RETRANSMIT_FLOOR_MS } from './constants.ts';

/** Round-trip estimate with the fork's integer rounding, protocol/2 §1.9. */
export class RttEstimator {
  rttMs = 500;
  varianceMs = 0;
  #sampled = false;

  /** A measured round trip in whole ms, at least 1. */
  sample(ms: number): void {
    if (!this.#sampled) {
      this.#sampled = true;
      this.rttMs = ms;
      this.varianceMs = Math.floor((ms + 1) / 2);
      return;
    }
    this.varianceMs -= Math.floor((this.varianceMs + 3) / 4);
    const difference = Math.abs(ms - this.rttMs);
    this.varianceMs += Math.floor((difference + 3) / 4);
    const step = Math.floor((difference + 7) / 8);
    this.rttMs += ms >= this.rttMs ? step : -step;
  }

  /** The wait before the first retransmission. */
  baseTimeout(timeoutMaxMs: number): number {
    const base = this.rttMs + Math.min(this.rttMs, 4 * Math.max(1, this.varianceMs));
    return Math.max(RETRANSMIT_FLOOR_MS, Math.min(base, Math.floor(timeoutMaxMs / 5)));
  }
}

/**
 * When a datagram was sent, from the low 16 bits of our own clock that an ACK echoes; null if that lies in the future,
 * protocol/2 §1.8.
 */
export function reconstructSentTime(received: number, nowMs: number): number | null {
  const low = nowMs & 0xffff;
  let sent = nowMs - low + received;
  if ((received & 0x8000) !== 0 && (low & 0x8000) === 0) sent -= 0x10000;
  return sent > nowMs ? null : sent;
}
