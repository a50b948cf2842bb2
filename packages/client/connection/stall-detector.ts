/** What has arrived over one transport since it began. */
export interface ReceiveCounters {
  /** Complete video frames. */
  frames: number;
  /** Of everything: picture, sound, reports. */
  bytes: number;
}

/** How often to look for new frames, and how often once they have stopped. */
const LOOK_EVERY_MS = 250;
const LOOK_CLOSELY_MS = 200;
/** After this long without a frame the server is asked, then repeatedly. */
const ASK_AFTER_MS = 300;
const ASK_EVERY_MS = 1000;
/** A live socket is answered within this many round trips, within these bounds. */
const ANSWER_ROUND_TRIPS = 4;
const ANSWER_MS = { least: 500, most: 2000 };
/** This long without a frame is a stall. */
const STALL_MS = 1000;
/** For this long after a network change, all of this takes half as long. */
const NETWORK_CHANGE_MS = 5000;
/** Nothing at all for this long: the server also sends reports and sound. */
const SILENCE_MS = 600;
/** By then a frame that was sent has arrived, if it arrives at all. */
const ARRIVAL_MS = 400;
/** The same, for a suspicion. */
const FIRST_SIGNS = { stallMs: 600, arrivalMs: 150 };
/** A look that comes this late means that the page was held up, and perhaps the answer with it. */
const HELD_UP_MS = 1500;

export type StallVerdict =
  /** Ask the server now. */
  | 'ask'
  /** Frames are sent, but nothing arrives: suspected, then certain. Repeated. */
  | 'stalling'
  | 'stalled'
  /** The server does not answer. */
  | 'unanswered'
  | null;

type Question = { kind: 'none' } | { kind: 'asked'; at: number } | { kind: 'answered'; at: number };

/**
 * Whether a connection still reaches its server. A picture may stand still because of the host, so the server is asked over
 * the socket: the connection is lost if there is no answer, and stalled if frames are sent but neither they nor anything else arrives.
 * No clock, timer or socket: times are monotonic ms.
 */
export class StallDetector {
  #counters: ReceiveCounters | null = null;
  /** When a look last found a new frame, and when one last found anything. */
  #frameAt: number;
  #bytesAt: number;
  /** When the first of the missing frames was sent, as reported by the server. */
  #missingAt = Number.NEGATIVE_INFINITY;
  /** When the server last said when it had sent one. */
  #reportedAt = Number.NEGATIVE_INFINITY;
  #networkChangedAt = Number.NEGATIVE_INFINITY;
  #question: Question = { kind: 'none' };
  /** The quickest answer so far; null: none yet. */
  #roundTripMs: number | null = null;
  #wakeAt: number;

  /** The socket is open. */
  constructor(now: number) {
    this.#frameAt = now;
    this.#bytesAt = now;
    this.#wakeAt = now;
  }

  /** When to `look` next. */
  get wakeAt(): number {
    return this.#wakeAt;
  }

  /** As long as the server has not said that it sends no frames either: then it is the host that stands still. */
  get isSuspicious(): boolean {
    return this.#missingAt > this.#frameAt || this.#reportedAt < this.#frameAt + ASK_AFTER_MS / 2;
  }

  /** null: no transport, or one that receives nothing. */
  look(counters: ReceiveCounters | null, now: number): StallVerdict {
    const before = this.#counters;
    this.#counters = counters;
    if (counters?.frames !== before?.frames) this.#frameAt = now;
    if (counters?.bytes !== before?.bytes) this.#bytesAt = now;
    const isHeldUp = now - this.#wakeAt > HELD_UP_MS;
    const quietMs = now - this.#frameAt;
    this.#wakeAt = now + (quietMs === 0 && !this.#isAlert(now) ? LOOK_EVERY_MS : LOOK_CLOSELY_MS);
    if (isHeldUp) this.#question = { kind: 'none' };
    else if (this.#isUnanswered(now)) return 'unanswered';
    else if (this.#isStalled({ stallMs: STALL_MS, arrivalMs: ARRIVAL_MS }, quietMs, now)) return 'stalled';
    if (this.#wantsToAsk(quietMs, now)) return this.#ask(now);
    return this.#isStalled(FIRST_SIGNS, quietMs, now) ? 'stalling' : null;
  }

  /** The browser reports that its network has changed: look at once. */
  networkChanged(now: number): void {
    this.#networkChangedAt = now;
    this.#wakeAt = now;
  }

  /** The server has answered. */
  answered(now: number): void {
    if (this.#question.kind === 'asked') {
      const { at } = this.#question;
      this.#roundTripMs = Math.min(this.#roundTripMs ?? Number.POSITIVE_INFINITY, now - at);
      this.#question = { kind: 'answered', at };
    }
    this.#wakeAt = Math.min(this.#wakeAt, now + LOOK_CLOSELY_MS);
  }

  /** The streamer last sent a frame this many ms ago; null: never. */
  frameSent(ageMs: number | null, now: number): void {
    this.#reportedAt = now;
    // Its age is of some moment between question and answer: counted from the answer, a slow one would make an old frame new.
    const knownAt = this.#question.kind === 'none' ? now : this.#question.at;
    if (ageMs !== null && this.#missingAt <= this.#frameAt) this.#missingAt = knownAt - ageMs;
  }

  #isAlert(now: number): boolean {
    return now - this.#networkChangedAt < NETWORK_CHANGE_MS;
  }

  #ask(now: number): 'ask' {
    this.#question = { kind: 'asked', at: now };
    return 'ask';
  }

  #wantsToAsk(quietMs: number, now: number): boolean {
    if (this.#question.kind === 'asked') return false;
    const share = this.#isAlert(now) ? 0.5 : 1;
    const askedAt = this.#question.kind === 'none' ? Number.NEGATIVE_INFINITY : this.#question.at;
    if (now - askedAt < share * ASK_EVERY_MS) return false;
    // The first question is only to learn how long answers take.
    return quietMs >= share * ASK_AFTER_MS || this.#networkChangedAt > askedAt || this.#roundTripMs === null;
  }

  #isUnanswered(now: number): boolean {
    const usual = this.#roundTripMs === null ? ANSWER_MS.most : ANSWER_ROUND_TRIPS * this.#roundTripMs;
    const limit = Math.min(ANSWER_MS.most, Math.max(ANSWER_MS.least, usual));
    // While frames come, the server may be held up, but the connection is there.
    return this.#question.kind === 'asked' && now - Math.max(this.#question.at, this.#frameAt) >= limit;
  }

  #isStalled({ stallMs, arrivalMs }: typeof FIRST_SIGNS, quietMs: number, now: number): boolean {
    const share = this.#isAlert(now) ? 0.5 : 1;
    const isMissing = this.#missingAt > this.#frameAt && now - this.#missingAt >= arrivalMs;
    return isMissing && quietMs >= share * stallMs && now - this.#bytesAt >= share * SILENCE_MS;
  }
}
