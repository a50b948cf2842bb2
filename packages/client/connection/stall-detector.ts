/** What has come over one peer connection since it began. */
export interface ReceiveCounters {
  /** Whole frames of the picture. */
  frames: number;
  /** Of anything: picture, sound, reports. */
  bytes: number;
}

/** Frames are looked for this often, and this often once they have stopped. */
const LOOK_EVERY_MS = 500;
const LOOK_CLOSELY_MS = 200;
/** After so long without a frame the server is asked, and then so often. */
const ASK_AFTER_MS = 500;
const ASK_EVERY_MS = 1000;
/** A socket that lives is answered within so many round trips, in these bounds. */
const ANSWER_ROUND_TRIPS = 4;
const ANSWER_MS = { least: 500, most: 2000 };
/** So long without a frame is a stall. */
const STALL_MS = 1000;
/** Where the browser has just told that its network is another, all that takes half as long. */
const NETWORK_CHANGE_MS = 5000;
/** Nothing at all for so long: the server sends reports and sound as well. */
const SILENCE_MS = 600;
/** A frame that was sent is here by then, if it comes. */
const ARRIVAL_MS = 400;
/** Whoever looks so late has been held up, and so may the answer be. */
const HELD_UP_MS = 1500;

type Question = { kind: 'none' } | { kind: 'asked'; at: number } | { kind: 'answered'; at: number };

/**
 * Whether a connection still leads to its server. A picture that stands still may be the host's doing: so the server is asked, over
 * the socket. It is lost if the socket gives no answer, or if frames are sent that do not arrive, and nothing else either.
 * No clock, timer or socket of its own: times are monotonic ms.
 */
export class StallDetector {
  #counters: ReceiveCounters | null = null;
  /** The last look that found a new frame, and the last that found anything. */
  #frameAt: number;
  #bytesAt: number;
  /** When the first frame was sent of those that are missing, as far as the server told. */
  #missingAt = Number.NEGATIVE_INFINITY;
  #networkChangedAt = Number.NEGATIVE_INFINITY;
  #question: Question = { kind: 'none' };
  /** Of the quickest answer; null: none has come. */
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

  /** null: there is no peer connection, or none that receives. `ask`: the server now. `lost`: only a fresh connection helps. */
  look(counters: ReceiveCounters | null, now: number): 'ask' | 'lost' | null {
    const before = this.#counters;
    this.#counters = counters;
    if (counters?.frames !== before?.frames) this.#frameAt = now;
    if (counters?.bytes !== before?.bytes) this.#bytesAt = now;
    const isHeldUp = now - this.#wakeAt > HELD_UP_MS;
    const quietMs = now - this.#frameAt;
    this.#wakeAt = now + (quietMs === 0 && !this.#isAlert(now) ? LOOK_EVERY_MS : LOOK_CLOSELY_MS);
    if (isHeldUp) this.#question = { kind: 'none' };
    else if (this.#isUnanswered(now) || this.#isStalled(quietMs, now)) return 'lost';
    return this.#wantsToAsk(quietMs, now) ? this.#ask(now) : null;
  }

  /** The browser says that its network has changed: look at once. */
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

  /** The streamer has sent a frame so long ago, ms; null: never. */
  frameSent(ageMs: number | null, now: number): void {
    if (ageMs !== null && this.#missingAt <= this.#frameAt) this.#missingAt = now - ageMs;
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
    // The first one is asked to know how long answers take.
    return quietMs >= share * ASK_AFTER_MS || this.#networkChangedAt > askedAt || this.#roundTripMs === null;
  }

  #isUnanswered(now: number): boolean {
    const usual = this.#roundTripMs === null ? ANSWER_MS.most : ANSWER_ROUND_TRIPS * this.#roundTripMs;
    const limit = Math.min(ANSWER_MS.most, Math.max(ANSWER_MS.least, usual));
    return this.#question.kind === 'asked' && now - this.#question.at >= limit;
  }

  #isStalled(quietMs: number, now: number): boolean {
    const share = this.#isAlert(now) ? 0.5 : 1;
    const isMissing = this.#missingAt > this.#frameAt && now - this.#missingAt >= ARRIVAL_MS;
    return isMissing && quietMs >= share * STALL_MS && now - this.#bytesAt >= share * SILENCE_MS;
  }
}
