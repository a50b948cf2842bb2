import type { Rung } from '@moonshare/contract';
import { Shortage } from './shortage.ts';

/** A reduced viewer is sent a key frame this often at most, and one that catches up asks for one this often at most. */
export const KEY_FRAME_PAUSE_MS = 2_000;
/** Where key frames are large and the network very slow, as often as this all the same: its estimate may be wrong. */
const LONGEST_PAUSE_MS = 8_000;
/** From falling to `reduced`, or a trial that failed, to the next trial. */
const TRIAL_PAUSES_MS = [5_000, 10_000, 20_000, 40_000, 60_000] as const;
/** A trial succeeds when the network has carried the stream for this long without a break. */
const HOLDS_MS = 5_000;
/** A trial that neither succeeds nor fails for so long fails, unless the network is found to carry ever more. */
const TRIAL_MS = 15_000;
/** A request this soon after the key frame that begins a trial was made before it arrived. */
const TRIAL_BEGINS_MS = 1_000;
/** A viewer that was full for this long starts over with the pauses. */
const CALM_MS = 60_000;
/** Catching up that is over sooner is not worth telling. */
const TELL_AFTER_MS = 500;
/** A trial fails at once if no more than this is left of the estimate that it began with; a little less means nothing. */
const KEPT_IN_TRIAL = 0.8;

/** What a viewer is told. Rates in kbit/s; null: not known. */
export interface Share {
  rung: Rung;
  cause: 'network' | null;
  networkKbps: number | null;
  streamKbps: number | null;
}

export type RungEvent =
  /** It gets more or less of the stream than it was last told. */
  | { type: 'changed'; share: Share }
  /** It cannot go on without a key frame. */
  | { type: 'keyFrameNeeded' };

type State =
  | { name: 'full'; since: number }
  /** Nothing until the next key frame. `askAt`, `tellAt`: Infinity once that is done, or is not for us to do. */
  | { name: 'catchingUp'; askAt: number; tellAt: number }
  /** Only key frames. `isBehind`: it lacks a frame that came after the last one it was sent. */
  | { name: 'reduced'; isBehind: boolean; trialAt: number }
  /** All frames again, on trial. `clearSince`: from when on the network has carried the stream; null: it does not. */
  | {
      name: 'trial';
      since: number;
      fromKbps: number | null;
      growsFromKbps: number;
      endsAt: number;
      clearSince: number | null;
    };

/**
 * How much of the stream one viewer gets. Everything; after a drop, nothing until the next key frame; and while its network is
 * short of the stream's bitrate, only key frames. A reduced viewer is sent everything on trial, beginning with a key frame that
 * it gets anyway, 5, 10, 20, 40 and then every 60 s after it fell or a trial failed; it is full again when a trial has gone well
 * for 5 s, and only a minute later do the pauses start over.
 *
 * Pure; times are monotonic ms. Call `advance` after any of the others: it reports what has changed.
 */
export class ViewerRung {
  readonly #shortage = new Shortage();
  #state: State = { name: 'catchingUp', askAt: Number.POSITIVE_INFINITY, tellAt: Number.POSITIVE_INFINITY };
  #network: number | null = null;
  #stream: number | null = null;
  #told: Rung = 'full';
  /** How often it has fallen, or failed in a trial, since it was calm. */
  #failures = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  /** A reduced viewer is sent no key frame before this. */
  #nextKeyFrameAt = Number.NEGATIVE_INFINITY;

  get current(): Rung {
    return this.#state.name === 'trial' ? 'reduced' : this.#state.name;
  }

  /** It waits for a key frame that somebody has to ask for. */
  get isWaiting(): boolean {
    return this.#state.name === 'catchingUp';
  }

  /** When a reduced viewer may have the key frame that it lacks; Infinity: it lacks none. */
  get keyFrameDueAt(): number {
    return this.#state.name === 'reduced' && this.#state.isBehind ? this.#nextKeyFrameAt : Number.POSITIVE_INFINITY;
  }

  /** Whether this frame goes to it. */
  takes({ keyFrame, bytes }: { keyFrame: boolean; bytes: number }, now: number): boolean {
    const state = this.#state;
    if (state.name === 'catchingUp' && keyFrame) this.#state = { name: 'full', since: now };
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

  /** It did not get the last frame whole. */
  dropped(now: number): void {
    const state = this.#state;
    this.#shortage.lost(now);
    const askAt = Math.max(now, this.#askedAt + KEY_FRAME_PAUSE_MS);
    if (state.name === 'full') this.#state = { name: 'catchingUp', askAt, tellAt: now + TELL_AFTER_MS };
    else if (state.name === 'catchingUp') state.askAt = Math.min(state.askAt, askAt);
    else if (state.name === 'reduced') state.isBehind = true;
    else this.#reduce(now);
  }

  /** Its browser asks for a key frame. False: it is not to be asked for on its account alone. */
  requestsKeyFrame(now: number): boolean {
    this.#shortage.lost(now);
    if (this.#state.name === 'reduced') this.#state.isBehind = true;
    else if (this.#state.name !== 'trial') return true;
    else if (now - this.#state.since >= TRIAL_BEGINS_MS) this.#reduce(now);
    return false;
  }

  /** Call about twice a second. `networkKbps`: as much as its network is known to carry; null: no limit has been met. */
  measured(networkKbps: number | null, streamKbps: number, now: number): void {
    this.#network = networkKbps;
    this.#stream = streamKbps;
    this.#shortage.measured(networkKbps, streamKbps, now);
    const state = this.#state;
    if (state.name === 'trial') this.#judge(state, now);
    else if (state.name !== 'reduced' && this.#shortage.isSettled(now)) this.#reduce(now);
    else if (state.name === 'full' && now - state.since >= CALM_MS && !this.#shortage.isShort) this.#failures = 0;
  }

  advance(now: number): { events: RungEvent[]; wakeAt: number } {
    const events: RungEvent[] = [];
    const state = this.#state;
    if (state.name === 'catchingUp' && now >= state.askAt) {
      state.askAt = Number.POSITIVE_INFINITY;
      this.#askedAt = now;
      events.push({ type: 'keyFrameNeeded' });
    }
    if (this.current !== this.#told && !(state.name === 'catchingUp' && now < state.tellAt)) {
      this.#told = this.current;
      events.push({ type: 'changed', share: this.share });
    }
    const wakeAt =
      state.name === 'catchingUp'
        ? Math.min(state.askAt, this.#told === 'catchingUp' ? Number.POSITIVE_INFINITY : state.tellAt)
        : Number.POSITIVE_INFINITY;
    return { events, wakeAt };
  }

  get share(): Share {
    const rung = this.current;
    if (rung === 'full') return { rung, cause: null, networkKbps: null, streamKbps: null };
    return { rung, cause: 'network', networkKbps: this.#network, streamKbps: this.#stream };
  }

  #trial(now: number): State {
    const fromKbps = this.#network;
    this.#shortage.reset();
    const endsAt = now + TRIAL_MS;
    return { name: 'trial', since: now, fromKbps, growsFromKbps: fromKbps ?? 0, endsAt, clearSince: now };
  }

  #judge(state: State & { name: 'trial' }, now: number): void {
    const [network, stream] = [this.#network, this.#stream ?? 0];
    const isClear = network === null || network >= stream;
    if (!isClear) state.clearSince = null;
    else state.clearSince ??= now;
    if (network !== null && Shortage.hasGrown(state.growsFromKbps, network)) {
      state.growsFromKbps = network;
      state.endsAt = now + TRIAL_MS;
    }
    const isWorse = !isClear && state.fromKbps !== null && network < state.fromKbps * KEPT_IN_TRIAL;
    if (isWorse || this.#shortage.isSettled(now) || now >= state.endsAt) this.#reduce(now);
    else if (state.clearSince !== null && now - state.clearSince >= HOLDS_MS)
      this.#state = { name: 'full', since: now };
  }

  #reduce(now: number): void {
    const pause = TRIAL_PAUSES_MS[Math.min(this.#failures, TRIAL_PAUSES_MS.length - 1)]!;
    this.#failures += 1;
    this.#shortage.reset();
    // What is still on its way to it is to arrive first.
    this.#nextKeyFrameAt = Math.max(this.#nextKeyFrameAt, now + KEY_FRAME_PAUSE_MS);
    this.#state = { name: 'reduced', isBehind: true, trialAt: now + pause };
  }

  /** Key frames come no faster than its network carries them. */
  #keyFramePause(bytes: number): number {
    const transferMs = this.#network === null || this.#network === 0 ? 0 : (bytes * 8) / this.#network;
    return Math.min(Math.max(KEY_FRAME_PAUSE_MS, transferMs), LONGEST_PAUSE_MS);
  }
}
