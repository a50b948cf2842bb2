import type { CoreOutput } from '@moonshare/sans-io';
import { KEY_FRAME_PAUSE_MS } from './rung.ts';

/**
 * Asks for key frames on behalf of all reduced viewers together, so that they cost the others one in two seconds at most,
 * however many there are. Pure; times are monotonic ms.
 */
export class ReducedKeyFrames {
  #askedAt = Number.NEGATIVE_INFINITY;

  /** `dueAt`: when the first of them may get the key frame that it needs; Infinity: none needs one. */
  advance(dueAt: number, now: number): CoreOutput<{ type: 'reducedNeed' }> {
    const askAt = Math.max(dueAt, this.#askedAt + KEY_FRAME_PAUSE_MS);
    if (now < askAt) return { events: [], wakeAt: askAt };
    this.#askedAt = now;
    return { events: [{ type: 'reducedNeed' }], wakeAt: now + KEY_FRAME_PAUSE_MS };
  }
}
