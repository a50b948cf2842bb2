/** Whether packets take longer and longer: a queue fills (`over`), or drains (`under`). */
export type DelaySignal = 'normal' | 'over' | 'under';

/** draft-ietf-rmcat-gcc-02 §5, with the trend line of Google's implementation in place of the Kalman filter. */
const WINDOW = 20;
const SMOOTHING = 0.9;
const GAIN = 4;
const MOST_DELTAS = 60;
const FIRST_THRESHOLD_MS = 12.5;
const LEAST_THRESHOLD_MS = 6;
const MOST_THRESHOLD_MS = 600;
/** The threshold rises fast enough to share a line with TCP, and falls slowly (§5.4). */
const RISE_PER_MS = 0.0087;
const FALL_PER_MS = 0.039;
/** One measurement this far above the threshold is an outlier, and does not move it. */
const OUTLIER_MS = 15;
const LONGEST_STEP_MS = 100;
/** A queue fills for this long before it counts. */
const OVER_MS = 10;

interface Point {
  arrivedAt: number;
  delayMs: number;
}

/** Watches how the delay of groups of packets develops. Pure; times are ms, those of arrival on the receiver's clock. */
export class DelayTrend {
  readonly #points: Point[] = [];
  #last: { sentAt: number; arrivedAt: number } | null = null;
  #begunAt = 0;
  #delayMs = 0;
  #smoothedMs = 0;
  #deltas = 0;
  #thresholdMs = FIRST_THRESHOLD_MS;
  #overMs = 0;
  #overs = 0;
  #lastTrend = 0;

  /** A group of packets that were sent together has arrived; in the order in which they were sent. */
  add(sentAt: number, arrivedAt: number): DelaySignal {
    const last = this.#last;
    this.#last = { sentAt, arrivedAt };
    if (last === null) {
      this.#begunAt = arrivedAt;
      return 'normal';
    }
    const sendGap = sentAt - last.sentAt;
    this.#deltas = Math.min(this.#deltas + 1, MOST_DELTAS);
    this.#delayMs += arrivedAt - last.arrivedAt - sendGap;
    this.#smoothedMs = SMOOTHING * this.#smoothedMs + (1 - SMOOTHING) * this.#delayMs;
    this.#points.push({ arrivedAt: arrivedAt - this.#begunAt, delayMs: this.#smoothedMs });
    if (this.#points.length < WINDOW) return 'normal';
    if (this.#points.length > WINDOW) this.#points.shift();
    const trend = this.#deltas * slope(this.#points) * GAIN;
    const signal = this.#judge(trend, sendGap);
    this.#adapt(trend, arrivedAt - last.arrivedAt);
    this.#lastTrend = trend;
    return signal;
  }

  #judge(trend: number, sendGap: number): DelaySignal {
    if (trend <= this.#thresholdMs) {
      this.#overMs = 0;
      this.#overs = 0;
      return trend < -this.#thresholdMs ? 'under' : 'normal';
    }
    // Half of the time since the last group, for it began to fill somewhere in between.
    this.#overMs += this.#overs === 0 ? sendGap / 2 : sendGap;
    this.#overs += 1;
    if (this.#overMs <= OVER_MS || this.#overs < 2 || trend < this.#lastTrend) return 'normal';
    this.#overMs = 0;
    this.#overs = 0;
    return 'over';
  }

  #adapt(trend: number, gapMs: number): void {
    const size = Math.abs(trend);
    if (size > this.#thresholdMs + OUTLIER_MS) return;
    const rate = size < this.#thresholdMs ? FALL_PER_MS : RISE_PER_MS;
    const step = Math.min(Math.max(gapMs, 0), LONGEST_STEP_MS);
    this.#thresholdMs += rate * (size - this.#thresholdMs) * step;
    this.#thresholdMs = Math.min(Math.max(this.#thresholdMs, LEAST_THRESHOLD_MS), MOST_THRESHOLD_MS);
  }
}

/** Of the line through the points with the least squares, ms per ms; 0 if all arrived at once. */
function slope(points: readonly Point[]): number {
  let [sumX, sumY] = [0, 0];
  for (const { arrivedAt, delayMs } of points) {
    sumX += arrivedAt;
    sumY += delayMs;
  }
  const [meanX, meanY] = [sumX / points.length, sumY / points.length];
  let [along, square] = [0, 0];
  for (const { arrivedAt, delayMs } of points) {
    along += (arrivedAt - meanX) * (delayMs - meanY);
    square += (arrivedAt - meanX) ** 2;
  }
  return square === 0 ? 0 : along / square;
}
