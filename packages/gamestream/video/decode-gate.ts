import { frameDistance } from './datagram.ts';
import type { VideoEvent } from './types.ts';

/** `keyFrameNeeded` comes once each time the gate closes; the receiver of the event decides how often to ask. */
export type GatedVideoEvent = VideoEvent | { type: 'keyFrameNeeded' };

/**
 * Removes frames that a decoder cannot use: those before the first key frame, and those between a loss and the next one
 * (protocol/3 §4.5, §4.6). Everything else passes.
 */
export class DecodeGate {
  /** `next`: the only frame that may follow. A stream that begins with its key frame needs no request. */
  #state: { name: 'fresh' } | { name: 'open'; next: number } | { name: 'closed' } = { name: 'fresh' };

  filter(events: readonly VideoEvent[]): GatedVideoEvent[] {
    return events.flatMap((event) => this.#pass(event));
  }

  #pass(event: VideoEvent): GatedVideoEvent[] {
    if (event.type === 'fecStatus') return [event];
    const { frameIndex } = event.frame;
    if (event.type === 'lost') {
      // The frame that opened the gate made up for earlier losses.
      const hurts = this.#state.name !== 'open' || frameDistance(this.#state.next, frameIndex) >= 0;
      return hurts ? [event, ...this.#close()] : [event];
    }
    const follows = this.#state.name === 'open' && this.#state.next === frameIndex;
    if (!event.frame.keyFrame && !follows) return this.#close();
    this.#state = { name: 'open', next: (frameIndex + 1) >>> 0 };
    return [event];
  }

  #close(): GatedVideoEvent[] {
    if (this.#state.name === 'closed') return [];
    this.#state = { name: 'closed' };
    return [{ type: 'keyFrameNeeded' }];
  }
}
