import { buildTransportFeedback } from '../../rtcp/testing/build-transport-feedback.ts';
import { parseTransportFeedback } from '../../rtcp/transport-feedback.ts';
import { BandwidthEstimator } from '../estimator.ts';

export interface Line {
  kbps: number;
  /** What waits longer is lost. */
  queueMs: number;
  /** On an empty line. */
  delayMs: number;
  /** Each packet is this likely lost, whatever else there is. */
  loss: number;
  /** Each group of packets comes up to this much later. */
  jitterMs: number;
  /** Each packet comes up to this much later, so that they overtake each other. */
  disorderMs: number;
  /** Of others, who send this much whatever happens. */
  othersKbps: number;
  /** How often feedback is lost. */
  feedbackLoss: number;
}

const GOOD_LINE: Line = {
  kbps: 100_000,
  queueMs: 200,
  delayMs: 20,
  loss: 0,
  jitterMs: 0,
  disorderMs: 0,
  othersKbps: 0,
  feedbackLoss: 0,
};

const FRAME_MS = 1000 / 60;
const FEEDBACK_MS = 100;
const PACKET_BYTES = 1200;

/** A sender with an estimator, a line, and a receiver that reports: on virtual time, with the same chance in each run. */
export class SimulatedViewer {
  readonly estimator = new BandwidthEstimator();
  line: Line;
  streamKbps: number;
  now = 5_000;
  #random = 1;
  /** When the line is free again. */
  #freeAt = 0;
  #feedbackAt = 0;
  #reportedTo = 0;
  #sent = 0;
  #carry = 0;
  /** Of the receiver's clock. */
  readonly #arrivals = new Map<number, number>();
  readonly #clockOffset: number;

  constructor(line: Partial<Line>, { streamKbps = 10_000, clockOffset = 123_456 } = {}) {
    this.line = { ...GOOD_LINE, ...line };
    this.streamKbps = streamKbps;
    this.#clockOffset = clockOffset;
  }

  /** To another line, on which nothing is under way. */
  move(line: Partial<Line>): void {
    this.line = { ...this.line, ...line };
    this.#freeAt = this.now;
    this.estimator.pathChanged();
  }

  run(ms: number): void {
    for (const until = this.now + ms; this.now < until; this.now += FRAME_MS) {
      this.#frame();
      if (this.now >= this.#feedbackAt) this.#feedback();
    }
  }

  #frame(): void {
    this.#carry += (this.streamKbps * FRAME_MS) / 8 / PACKET_BYTES;
    const count = Math.floor(this.#carry);
    this.#carry -= count;
    const packets = Array.from({ length: count }, () => new Uint8Array(PACKET_BYTES));
    this.estimator.sent(packets, this.now);
    const late = this.#chance() * this.line.jitterMs;
    const { kbps, queueMs, othersKbps } = this.line;
    const othersMs = (othersKbps * FRAME_MS) / kbps / Math.max(count, 1);
    for (let index = 0; index < Math.max(count, 1); index += 1) {
      if (index < count) this.#packet(late);
      // Theirs are between ours, and are lost as ours are.
      const startAt = Math.max(this.now, this.#freeAt);
      if (startAt - this.now <= queueMs) this.#freeAt = startAt + othersMs;
    }
  }

  #packet(late: number): void {
    const number = this.#sent;
    this.#sent += 1;
    const startAt = Math.max(this.now, this.#freeAt);
    if (startAt - this.now > this.line.queueMs) return;
    this.#freeAt = startAt + (PACKET_BYTES * 8) / this.line.kbps;
    if (this.#chance() < this.line.loss) return;
    this.#arrivals.set(number, this.#freeAt + this.line.delayMs + late + this.#chance() * this.line.disorderMs);
  }

  #feedback(): void {
    this.#feedbackAt = this.now + FEEDBACK_MS;
    const arrived = [...this.#arrivals].filter(([, at]) => at <= this.now);
    if (arrived.length === 0) return;
    const last = Math.max(...arrived.map(([number]) => number));
    const times = Array.from({ length: last + 1 - this.#reportedTo }, (_, index) => {
      const at = this.#arrivals.get(this.#reportedTo + index);
      return at === undefined || at > this.now ? Number.NaN : Math.round((at + this.#clockOffset) * 4) / 4;
    });
    const base = this.#reportedTo & 0xffff;
    this.#reportedTo = last + 1;
    for (const [number] of arrived) this.#arrivals.delete(number);
    if (this.#chance() < this.line.feedbackLoss) return;
    for (let at = 0; at < times.length; at += 1000) {
      const part = buildTransportFeedback({ base: (base + at) & 0xffff, arrivals: times.slice(at, at + 1000) });
      const feedback = parseTransportFeedback(part);
      if (feedback === null) throw new Error('the feedback is not read');
      this.estimator.feedback(feedback, this.now);
    }
  }

  /** 0 to 1 (mulberry32). */
  #chance(): number {
    this.#random = (this.#random + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#random ^ (this.#random >>> 15), 1 | this.#random);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), 61 | bits);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }
}
