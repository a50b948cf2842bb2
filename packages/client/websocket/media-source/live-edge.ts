/** Waiting to be shown or heard, ms: more after each time that it ran out. */
export interface Reserve {
  least: number;
  most: number;
  step: number;
}

/** How fast such an increase is taken back. */
const FORGIVEN_MS_PER_SECOND = 2;
/** Running out counts only while data keep coming: no reserve covers a network that stands still. */
const FLOWING_MS = 250;
/** The reserve is what is left when it is smallest, over this time. */
const REMEMBERED_MS = 500;
/** Deviations up to this are left alone. Larger ones are corrected within about a second, by playing this much faster or slower. */
const TOLERATED_MS = 15;
const MOST_CORRECTION = 0.1;
const STEPS = 50;
/** This far behind, it is no longer live. */
const FAR_MS = 350;
/** Then it is played at this rate until it is live again. */
const CATCH_UP_RATE = 2;
/** Further behind than this, catching up takes too long. */
const HOPELESS_MS = 1500;
const ASK_EVERY_MS = 1000;

/** Times of a media source, ms. */
export interface Playhead {
  /** What is shown or heard now. */
  atMs: number;
  /** The newest that has come. */
  newestMs: number;
  /** The newest place at which decoding can begin; null: everywhere. */
  entryMs: number | null;
  /** The oldest that is held. */
  beginsMs: number;
}

export interface Pace {
  rate: number;
  /** Go there at once; null: play on. */
  jumpToMs: number | null;
  /** Only a key frame helps. */
  askKeyFrame: boolean;
}

/**
 * How fast to play so that what is shown stays just behind what comes: with a reserve that its jitter needs, and no more. Where it has fallen far
 * behind, it jumps, but only to where decoding can begin at once: browsers would decode everything from there on before they show anything.
 * No clock or timer: `now` is monotonic ms.
 */
export class LiveEdge {
  readonly #reserve: Reserve;
  #extraMs = 0;
  #lags: { at: number; ms: number }[] = [];
  #cameAt = Number.NEGATIVE_INFINITY;
  #newestMs = Number.NEGATIVE_INFINITY;
  #forgivenAt: number | null = null;
  #askedAt = Number.NEGATIVE_INFINITY;
  #isCatchingUp = false;

  constructor(reserve: Reserve) {
    this.#reserve = reserve;
  }

  /** What should be left when it is least, ms. */
  get reserveMs(): number {
    return Math.min(this.#reserve.most, this.#reserve.least + this.#extraMs);
  }

  /** It has run out. */
  ranOut(now: number): void {
    if (now - this.#cameAt > FLOWING_MS) return;
    this.#extraMs = Math.min(this.#extraMs + this.#reserve.step, this.#reserve.most - this.#reserve.least);
    this.#lags = [];
  }

  /** `leastMs`: keep at least this much, for the sake of another track. */
  follow(playhead: Playhead, now: number, leastMs = 0): Pace {
    const { atMs, newestMs, beginsMs } = playhead;
    this.#forgive(now);
    if (newestMs > this.#newestMs) this.#cameAt = now;
    this.#newestMs = newestMs;
    const lag = newestMs - atMs;
    const wanted = Math.max(this.reserveMs, Math.min(leastMs, this.#reserve.most));
    this.#lags = this.#lags.filter(({ at }) => now - at < REMEMBERED_MS);
    this.#lags.push({ at: now, ms: lag });
    if (atMs < beginsMs || lag > wanted + FAR_MS) return this.#hurry(lag, wanted, playhead, now);
    if (this.#isCatchingUp && lag > wanted + TOLERATED_MS) return played(CATCH_UP_RATE);
    if (this.#isCatchingUp) this.#lags = [];
    this.#isCatchingUp = false;
    const excess = Math.min(lag, ...this.#lags.map(({ ms }) => ms)) - wanted;
    if (Math.abs(excess) <= TOLERATED_MS) return played(1);
    const correction = Math.min(MOST_CORRECTION, Math.max(-MOST_CORRECTION, excess / 1000));
    return played(1 + Math.round(correction * STEPS) / STEPS);
  }

  #hurry(lag: number, wanted: number, { atMs, newestMs, entryMs, beginsMs }: Playhead, now: number): Pace {
    this.#lags = [];
    const to = Math.max(beginsMs, entryMs ?? newestMs - wanted);
    if (to - atMs > TOLERATED_MS || atMs < beginsMs) {
      this.#isCatchingUp = false;
      return { rate: 1, jumpToMs: to, askKeyFrame: false };
    }
    this.#isCatchingUp = true;
    const askKeyFrame = lag > HOPELESS_MS && now - this.#askedAt >= ASK_EVERY_MS;
    if (askKeyFrame) this.#askedAt = now;
    return { rate: CATCH_UP_RATE, jumpToMs: null, askKeyFrame };
  }

  #forgive(now: number): void {
    const seconds = (now - (this.#forgivenAt ?? now)) / 1000;
    this.#forgivenAt = now;
    this.#extraMs = Math.max(0, this.#extraMs - FORGIVEN_MS_PER_SECOND * seconds);
  }
}

function played(rate: number): Pace {
  return { rate, jumpToMs: null, askKeyFrame: false };
}
