import type { KeyFrameReason } from '@moonshare/contract/browser';

/** A decoder that has been given this many frames over this time, and has returned none, is stuck. */
const STUCK_MS = 1000;
const STUCK_FRAMES = 4;
/** With more frames than this in the decoder, the picture is no longer live. */
const MAX_QUEUED = 60;
/** A key frame is asked for again while others arrive that cannot be shown. */
const ASK_EVERY_MS = 1000;
/** After this many decoders in a row that returned nothing, another one is no use. */
const MAX_REPLACED = 4;

/** What to do about a frame, or an error. `replace`: the decoder, before anything else. */
export interface Care {
  decode: boolean;
  replace: boolean;
  ask: KeyFrameReason | null;
}

const NOTHING: Care = { decode: false, replace: false, ask: null };

type State =
  /** Nothing can be decoded until a key frame comes. */
  { kind: 'waiting'; askedAt: number; reason: KeyFrameReason } | { kind: 'flowing'; last: number };

/**
 * Which frames the decoder gets, and when it needs to be replaced: it failed, or the picture stands still while frames arrive. No clock or
 * timer: times are monotonic ms.
 */
export class DecoderWatch {
  readonly #stuckMs: number;
  #state: State;
  /** Since the last picture, or the first frame after it. */
  #given = { frames: 0, since: 0 };
  #replaced = 0;

  /** `stuckMs`: with frames, and without a picture from them. */
  constructor(now: number, stuckMs = STUCK_MS) {
    this.#stuckMs = stuckMs;
    this.#state = { kind: 'waiting', askedAt: now, reason: 'nothingShown' };
  }

  /** Decoders in a row that returned nothing. */
  get replaced(): number {
    return this.#replaced;
  }

  get isHopeless(): boolean {
    return this.#replaced > MAX_REPLACED;
  }

  /** A frame came. `frame`: its number, u32; `queued`: how many are in the decoder. */
  received(
    { isKey, isDiscontinuity, frame }: { isKey: boolean; isDiscontinuity: boolean; frame: number },
    queued: number,
    now: number,
  ): Care {
    const isNext = this.#state.kind === 'flowing' && frame === (this.#state.last + 1) % 2 ** 32 && !isDiscontinuity;
    if (!isKey && this.#state.kind === 'flowing' && !isNext)
      this.#state = { kind: 'waiting', askedAt: now, reason: 'nothingShown' };
    if (!isKey && this.#state.kind === 'waiting') return this.#askAgain(this.#state, now);
    const isStuck = this.#given.frames >= STUCK_FRAMES && now - this.#given.since >= this.#stuckMs;
    const replace = isStuck || queued > MAX_QUEUED;
    if (replace && !isKey) return this.#replace('decoderReplaced', now);
    if (replace) this.#replace('decoderReplaced', now);
    this.#state = { kind: 'flowing', last: frame };
    if (this.#given.frames === 0) this.#given.since = now;
    this.#given.frames += 1;
    return { decode: true, replace, ask: null };
  }

  /** The decoder returned a picture. */
  decoded(): void {
    this.#given.frames = 0;
    this.#replaced = 0;
  }

  /** The decoder is unusable. */
  failed(now: number): Care {
    return this.#replace('decoderError', now);
  }

  #replace(reason: KeyFrameReason, now: number): Care {
    this.#replaced += 1;
    this.#given.frames = 0;
    this.#state = { kind: 'waiting', askedAt: now, reason };
    return { decode: false, replace: true, ask: reason };
  }

  #askAgain(state: Extract<State, { kind: 'waiting' }>, now: number): Care {
    if (now - state.askedAt < ASK_EVERY_MS) return NOTHING;
    state.askedAt = now;
    return { decode: false, replace: false, ask: state.reason };
  }
}
