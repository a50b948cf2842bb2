/** RFC 7675 §5.1: every 5 s, a fifth more or less; consent lasts 30 s. */
const INTERVAL_MS = 5_000;
const JITTER = 0.2;
const DISCONNECTED_AFTER_MS = 5_000;
const EXPIRES_AFTER_MS = 30_000;

type ConsentState =
  | { type: 'fresh' }
  /** The first request since the last answer went out then. */
  | { type: 'asked'; since: number }
  | { type: 'disconnected' };

export type ConsentStep = 'ask' | 'disconnected' | 'expired';

/** Whether the peer still wants what we send. Pure; times are monotonic ms. */
export class Consent {
  readonly #random: (bytes: number) => Uint8Array;
  #state: ConsentState = { type: 'fresh' };
  #answeredAt: number;
  #nextAt: number;

  /** The peer has just answered a check. */
  constructor(random: (bytes: number) => Uint8Array, now: number) {
    this.#random = random;
    this.#answeredAt = now;
    this.#nextAt = now + this.#interval();
  }

  get isDisconnected(): boolean {
    return this.#state.type === 'disconnected';
  }

  get isAnswered(): boolean {
    return this.#state.type === 'fresh';
  }

  /** Whether it was disconnected. */
  answered(now: number): boolean {
    const { isDisconnected } = this;
    this.#state = { type: 'fresh' };
    this.#answeredAt = now;
    return isDisconnected;
  }

  /** The TCP connection is gone, for one. Whether that is news. */
  disconnect(): boolean {
    const isNews = !this.isDisconnected;
    this.#state = { type: 'disconnected' };
    return isNews;
  }

  /** What time alone brings about; null: nothing more. Nothing comes after `expired`. */
  advance(now: number): ConsentStep | null {
    if (now >= this.#answeredAt + EXPIRES_AFTER_MS) return 'expired';
    if (this.#state.type === 'asked' && now >= this.#state.since + DISCONNECTED_AFTER_MS) {
      this.#state = { type: 'disconnected' };
      return 'disconnected';
    }
    if (now < this.#nextAt) return null;
    this.#nextAt = now + this.#interval();
    if (this.#state.type === 'fresh') this.#state = { type: 'asked', since: now };
    return 'ask';
  }

  get wakeAt(): number {
    const disconnectedAt =
      this.#state.type === 'asked' ? this.#state.since + DISCONNECTED_AFTER_MS : Number.POSITIVE_INFINITY;
    return Math.min(this.#nextAt, disconnectedAt, this.#answeredAt + EXPIRES_AFTER_MS);
  }

  #interval(): number {
    const fraction = this.#random(1)[0]! / 255;
    return INTERVAL_MS * (1 - JITTER + 2 * JITTER * fraction);
  }
}
