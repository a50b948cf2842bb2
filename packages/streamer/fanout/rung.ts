import type { Rung } from '@moonshare/contract';
import { Shortage } from './shortage.ts';

/** A reduced viewer is sent a key frame this often at most, and one that catches up asks for one this often at most. */
export const KEY_FRAME_PAUSE_MS = 2_000;
/** Where key frames are large and the network very slow, still at least this often: the estimate of the network may be wrong. */
const LONGEST_PAUSE_MS = 8_000;
/** From falling to `reduced`, or from a trial that failed, to the next trial. */
const TRIAL_PAUSES_MS = [5_000, 10_000, 20_000, 40_000, 60_000] as const;
/** A network that is too slow for this long gets key frames only; in a trial, where estimates have to climb first, for longer. */
const SHORT_MS = 5_000;
const SHORT_IN_TRIAL_MS = 10_000;
/** A trial succeeds when the network is known to have carried the stream for this long without a break. */
const HOLDS_MS = 5_000;
/** So does one in which nothing was lost for this long, doubled with each fall: a queue may take a while to fill. */
const TRIAL_MS = 30_000;
const LONGEST_TRIAL_MS = 480_000;
/** A request this soon after the key frame that begins a trial was made before it arrived. */
const TRIAL_BEGINS_MS = 1_000;
/** Once a viewer has been full for this long, its earlier falls are forgotten. */
const CALM_MS = 600_000;
/** Changes that last less than this are not worth telling. */
const TELL_AFTER_MS = 500;

/** What a viewer is told. Rates in kbit/s; null: not known. */
export interface RungReport {
  rung: Rung;
  cause: 'network' | null;
  networkKbps: number | null;
  streamKbps: number | null;
}

export type RungEvent =
  /** It gets more or less of the stream than it was last told. */
  | { type: 'changed'; report: RungReport }
  /** It cannot go on without a key frame. */
  | { type: 'keyFrameNeeded' };

type State =
  | { name: 'full'; since: number; tellAt: number }
  /** Nothing until the next key frame. `askAt`, `tellAt`: Infinity once that is done, or is not for us to do. */
  | { name: 'catchingUp'; askAt: number; tellAt: number }
  /** Only key frames. `isBehind`: it lacks a frame that came after the last one it was sent. `clearSince`: as in a trial. */
  | { name: 'reduced'; isBehind: boolean; trialAt: number; clearSince: number | null }
  /** All frames again, on trial. `clearSince`: from when on the network is known to carry the stream; null: it is not. */
  | { name: 'trial'; since: number; clearSince: number | null };

/**
 * How much of the stream one viewer gets: everything; after a drop, nothing until the next key frame; and while its network is too
 * slow for the stream, only key frames. A reduced viewer is sent everything on trial, beginning with a key frame that it gets
 * anyway, 5, 10, 20, 40 and then 60 s after it fell or a trial failed, or sooner if the stream has become small enough for its
 * network. A loss ends the trial. The viewer is full again when its network is known to have carried the whole stream for 5 s, or
 * when nothing was lost for 30 s, doubled with each fall. After ten good minutes its earlier falls are forgotten.
 *
 * Pure; times are monotonic ms. Call `advance` after any of the others: it reports what has changed.
 */
export class ViewerRung {
  readonly #shortage = new Shortage();
  #state: State = { name: 'catchingUp', askAt: Number.POSITIVE_INFINITY, tellAt: Number.POSITIVE_INFINITY };
  #network: number | null = null;
  #stream: number | null = null;
  #told: RungReport = { rung: 'full', cause: null, networkKbps: null, streamKbps: null };
  /** Since the last ten good minutes: how often it has fallen, and how often it has fallen or failed a trial. */
  #falls = 0;
  #failures = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  /** A reduced viewer is sent no key frame before this. */
  #nextKeyFrameAt = Number.NEGATIVE_INFINITY;

  get current(): Rung {
    return this.#state.name === 'trial' ? 'reduced' : this.#state.name;
  }

  /** What `advance` last reported. */
  get told(): RungReport {
    return this.#told;
  }

  /** It waits for a key frame that somebody has to ask for. */
  get isWaiting(): boolean {
    return this.#state.name === 'catchingUp';
  }

  /** When a reduced viewer may get the key frame that it needs; Infinity: it needs none. */
  get keyFrameDueAt(): number {
    return this.#state.name === 'reduced' && this.#state.isBehind ? this.#nextKeyFrameAt : Number.POSITIVE_INFINITY;
  }

  /** Whether this frame goes to it. */
  takes({ keyFrame, bytes }: { keyFrame: boolean; bytes: number }, now: number): boolean {
    const state = this.#state;
    if (state.name === 'catchingUp' && keyFrame)
      this.#state = { name: 'full', since: now, tellAt: now + TELL_AFTER_MS };
    else if (state.name === 'catchingUp') return false;
    else if (state.name === 'reduced') {
      if (!keyFrame || now < this.#nextKeyFrameAt) {
        state.isBehind = true;
        return false;
      }
      if (now >= state.trialAt) this.#state = this.#trial(now);
      else state.isBehind = false;
    }
    if (keyFrame) this.#nextKeyFrameAt = now + this.#keyFramePause(bytes);
    return true;
  }

  /** It did not get all of the last frame. */
  dropped(now: number): void {
    const state = this.#state;
    this.#shortage.lost(now);
    const askAt = Math.max(now, this.#askedAt + KEY_FRAME_PAUSE_MS);
    if (state.name === 'full') this.#state = { name: 'catchingUp', askAt, tellAt: now + TELL_AFTER_MS };
    else if (state.name === 'catchingUp') state.askAt = Math.min(state.askAt, askAt);
    else if (state.name === 'reduced') state.isBehind = true;
    else this.#reduce(now);
  }

  /** Its browser asks for a key frame. False: that alone is no reason to ask the host. */
  requestsKeyFrame(now: number): boolean {
    this.#shortage.lost(now);
    if (this.#state.name === 'reduced') this.#state.isBehind = true;
    else if (this.#state.name !== 'trial') return true;
    else if (now - this.#state.since >= TRIAL_BEGINS_MS) this.#reduce(now);
    return false;
  }

  /** Call about twice a second. `networkKbps`: what its network is known to carry; null: no limit is known. */
  measured(networkKbps: number | null, streamKbps: number, now: number): void {
    this.#network = networkKbps;
    this.#stream = streamKbps;
    this.#shortage.measured(networkKbps, streamKbps, now);
    const state = this.#state;
    if (state.name === 'trial') this.#judge(state, now);
    else if (state.name === 'reduced') {
      this.#updateClear(state, now);
      // The stream has become smaller: there is nothing to try out.
      if (this.#isClear(state, now)) state.trialAt = Math.min(state.trialAt, now);
    } else if (this.#shortage.lasts(now) >= SHORT_MS) {
      this.#falls += 1;
      this.#reduce(now);
    } else if (state.name === 'full' && now - state.since >= CALM_MS) [this.#falls, this.#failures] = [0, 0];
  }

  /** The stream has become smaller: a reduced viewer gets its next trial at once. */
  retry(now: number): void {
    if (this.#state.name === 'reduced') this.#state.trialAt = Math.min(this.#state.trialAt, now);
  }

  advance(now: number): { events: RungEvent[]; wakeAt: number } {
    const events: RungEvent[] = [];
    const state = this.#state;
    if (state.name === 'catchingUp' && now >= state.askAt) {
      state.askAt = Number.POSITIVE_INFINITY;
      this.#askedAt = now;
      events.push({ type: 'keyFrameNeeded' });
    }
    const tellAt = this.#tellAt();
    if (now >= tellAt) {
      this.#told = this.#report();
      events.push({ type: 'changed', report: this.#told });
    }
    const askAt = state.name === 'catchingUp' ? state.askAt : Number.POSITIVE_INFINITY;
    return { events, wakeAt: Math.min(askAt, this.#tellAt()) };
  }

  /** Infinity: it has been told. */
  #tellAt(): number {
    const state = this.#state;
    if (this.current === this.#told.rung) return Number.POSITIVE_INFINITY;
    return 'tellAt' in state ? state.tellAt : Number.NEGATIVE_INFINITY;
  }

  #report(): RungReport {
    const rung = this.current;
    if (rung === 'full') return { rung, cause: null, networkKbps: null, streamKbps: null };
    return { rung, cause: 'network', networkKbps: this.#network, streamKbps: this.#stream };
  }

  #trial(now: number): State {
    this.#shortage.reset();
    return { name: 'trial', since: now, clearSince: null };
  }

  #judge(state: State & { name: 'trial' }, now: number): void {
    this.#updateClear(state, now);
    if (this.#shortage.lasts(now) >= SHORT_IN_TRIAL_MS) this.#reduce(now);
    else if (this.#isClear(state, now) || now - state.since >= this.#trialMs)
      this.#state = { name: 'full', since: now, tellAt: now };
  }

  get #trialMs(): number {
    return Math.min(TRIAL_MS * 2 ** (this.#falls - 1), LONGEST_TRIAL_MS);
  }

  #updateClear(state: { clearSince: number | null }, now: number): void {
    if (this.#network !== null && this.#network >= (this.#stream ?? 0)) state.clearSince ??= now;
    else state.clearSince = null;
  }

  #isClear({ clearSince }: { clearSince: number | null }, now: number): boolean {
    return clearSince !== null && now - clearSince >= HOLDS_MS;
  }

  #reduce(now: number): void {
    const pause = TRIAL_PAUSES_MS[Math.min(this.#failures, TRIAL_PAUSES_MS.length - 1)]!;
    this.#failures += 1;
    this.#shortage.reset();
    // Whatever is still on its way must arrive first.
    this.#nextKeyFrameAt = Math.max(this.#nextKeyFrameAt, now + KEY_FRAME_PAUSE_MS);
    this.#state = { name: 'reduced', isBehind: true, trialAt: now + pause, clearSince: null };
  }

  /** Key frames are sent no faster than the network carries them. */
  #keyFramePause(bytes: number): number {
    const transferMs = this.#network === null || this.#network === 0 ? 0 : (bytes * 8) / this.#network;
    return Math.min(Math.max(KEY_FRAME_PAUSE_MS, transferMs), LONGEST_PAUSE_MS);
  }
}
