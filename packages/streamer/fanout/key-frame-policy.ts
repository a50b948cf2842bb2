import type { ViewerAccount } from '@moonshare/contract';
import type { CoreOutput } from '@moonshare/sans-io';
import { KeyFrameBackoff } from './key-frame-backoff.ts';

/**
 * Minimum time between requests. 250 ms is the contract; with 350, fifty joins spread over one second cost four
 * requests instead of five (docs/architecture.md, "Figures to hold").
 */
const MIN_INTERVAL_MS = 350;
/** Until one comes, ask again (protocol/3 §4.6, "Request rule"). */
const REPEAT_MS = 500;
/** A key frame this recent is still on its way to the viewer whose decoder misses one. */
const FRESH_MS = 250;

/** Ask the host for a key frame now. */
export interface KeyFrameRequest {
  type: 'requestKeyFrame';
}

/**
 * Decides when to ask the host for a key frame: needs are reported here as often as they occur, and nothing else asks, repeats
 * or backs off. Needs close together are met by one request, which is repeated until a key frame has come; those of one
 * viewer count less and less often. Pure; times are monotonic ms. A viewer is identified by its account.
 */
export class KeyFramePolicy {
  readonly #backoff = new KeyFrameBackoff<ViewerAccount>();
  /** When the earliest unmet need counts; Infinity: there is none. */
  #neededFrom = Number.POSITIVE_INFINITY;
  /** No key frame has come since the last request. */
  #isUnanswered = false;
  #requestedAt = Number.NEGATIVE_INFINITY;
  #keyFrameAt = Number.NEGATIVE_INFINITY;

  /** Nobody has a picture: frames were lost on the way from the host, or a stream began while viewers wait. */
  streamNeeds(now: number): CoreOutput<KeyFrameRequest> {
    return this.#need(now, now);
  }

  /** A viewer has joined without a picture. One that rejoins again and again waits like one with constant needs. */
  viewerJoins(viewer: ViewerAccount, now: number): CoreOutput<KeyFrameRequest> {
    return viewer.spend('arrivals', 1, now) === 'within' ? this.#need(now, now) : this.viewerNeeds(viewer, now);
  }

  /** A frame did not reach this viewer whole. */
  viewerNeeds(viewer: ViewerAccount, now: number): CoreOutput<KeyFrameRequest> {
    return this.#need(this.#backoff.from(viewer, now), now);
  }

  /** Reduced viewers need a newer key frame; `ReducedKeyFrames` asks for all of them. */
  reducedNeed(now: number): CoreOutput<KeyFrameRequest> {
    return this.#need(now, now);
  }

  /** This viewer's browser asks (PLI, FIR), or misses packets that are gone: perhaps those of the key frame just sent. */
  viewerRequests(viewer: ViewerAccount, now: number): CoreOutput<KeyFrameRequest> {
    return now - this.#keyFrameAt < FRESH_MS ? this.advance(now) : this.viewerNeeds(viewer, now);
  }

  /** A key frame came from the host: all needs are met. */
  keyFrame(now: number): void {
    this.#neededFrom = Number.POSITIVE_INFINITY;
    this.#isUnanswered = false;
    this.#keyFrameAt = now;
  }

  /** The host session was lost: the next one knows of no request, and starts with a key frame anyway. */
  reset(): void {
    this.#neededFrom = Number.POSITIVE_INFINITY;
    this.#isUnanswered = false;
    this.#requestedAt = Number.NEGATIVE_INFINITY;
  }

  advance(now: number): CoreOutput<KeyFrameRequest> {
    const pause = this.#isUnanswered ? REPEAT_MS : MIN_INTERVAL_MS;
    const dueAt = Math.max(this.#neededFrom, this.#requestedAt + pause);
    if (now < dueAt) return { events: [], wakeAt: dueAt };
    this.#requestedAt = now;
    this.#isUnanswered = true;
    return { events: [{ type: 'requestKeyFrame' }], wakeAt: now + REPEAT_MS };
  }

  #need(from: number, now: number): CoreOutput<KeyFrameRequest> {
    this.#neededFrom = Math.min(this.#neededFrom, from);
    return this.advance(now);
  }
}
