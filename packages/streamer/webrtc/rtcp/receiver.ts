import {
  countRtcpParts,
  isRtcpReport,
  middle32,
  parseRtcp,
  type RtcpMessage,
  roundTripMs,
  type TransportFeedback,
  toNtp,
} from '@moonshare/webrtc';
import type { BudgetMeter } from '../../viewer/budget-meter.ts';

export interface RtcpEvents {
  /** The browser sent a packet; `isReport`: a receiver report is among it. */
  received(isReport: boolean): void;
  /** NACK: these packets of the video did not arrive. `rttMs` null: unknown. */
  missing(sequences: readonly number[], rttMs: number | null): void;
  /** Which packets with transport-wide numbers have arrived. */
  transportFeedback(feedback: TransportFeedback): void;
  /** PLI or FIR for the video. */
  keyFrameRequested(): void;
}

/** Reads what one browser reports about the streams sent to it, within its budget. */
export class RtcpReceiver {
  readonly #ssrc: { video: number };
  readonly #meter: BudgetMeter;
  readonly #events: RtcpEvents;
  #nacks = 0;
  #keyFrameRequests = 0;
  #rttMs: number | null = null;
  #fractionLost: number | null = null;
  #estimatedKbps: number | null = null;

  constructor(options: { ssrc: { video: number }; meter: BudgetMeter; events: RtcpEvents }) {
    this.#ssrc = options.ssrc;
    this.#meter = options.meter;
    this.#events = options.events;
  }

  receive(packet: Buffer): void {
    if (!this.#allows(packet)) return;
    this.#events.received(isRtcpReport(packet));
    for (const message of parseRtcp(packet)) {
      if (message.kind === 'report') this.#takeReport(message);
      else if (message.kind === 'estimate') this.#estimatedKbps = message.bitsPerSecond / 1000;
      else if (message.kind === 'transportFeedback') this.#events.transportFeedback(message);
      else if (message.ssrc !== this.#ssrc.video) continue;
      else if (message.kind === 'nack') {
        this.#nacks += 1;
        this.#events.missing(message.sequences, this.#rttMs);
      } else {
        this.#keyFrameRequests += 1;
        this.#events.keyFrameRequested();
      }
    }
  }

  /** As they appear in the statistics of a viewer. */
  stats() {
    return {
      nacks_received: this.#nacks,
      plis_received: this.#keyFrameRequests,
      round_trip_ms: this.#rttMs,
      fraction_lost: this.#fractionLost,
    };
  }

  /** What the browser thinks that its network carries (REMB), kbit/s; null: it does not say. */
  get estimatedKbps(): number | null {
    return this.#estimatedKbps;
  }

  #allows(packet: Buffer): boolean {
    const meter = this.#meter;
    return (
      meter.allows('rtcpPackets') &&
      meter.allows('rtcpBytes', packet.length) &&
      meter.allows('rtcpParts', countRtcpParts(packet))
    );
  }

  #takeReport({ ssrc, fractionLost, lastReport, delaySinceLastReport }: RtcpMessage & { kind: 'report' }): void {
    const now = middle32(toNtp(Date.now()));
    this.#rttMs = roundTripMs(now, lastReport, delaySinceLastReport) ?? this.#rttMs;
    if (ssrc === this.#ssrc.video) this.#fractionLost = fractionLost;
  }
}
