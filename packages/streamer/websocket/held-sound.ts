import type { ViewerTransport } from '../viewer/transport.ts';
import type { SoundMessage } from './sound-message.ts';

/** With more viewers than this, their sound waits for a frame to go with. */
const FEW_VIEWERS = 16;
/** Sound waits no longer than this; the buffers of browsers even it out. A little more than a frame at 60 fps. */
const LONGEST_WAIT_MS = 17;

export interface SoundForViewers {
  /** Of one packet: as the host sent it, and as decoders of stereo take it. */
  messages: { unchanged: SoundMessage; mixed: SoundMessage };
  transports: readonly ViewerTransport[];
}

/**
 * Sound on its way to all viewers. A socket takes as long for a few bytes of sound as for a frame, and there are 200 packets of
 * sound a second: with many viewers that would be most of the work.
 */
export class HeldSound {
  readonly #send: (sound: SoundForViewers) => void;
  #held: SoundForViewers[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (sound: SoundForViewers) => void) {
    this.#send = send;
  }

  /** Sends it now, or with the next `release`, some milliseconds later at most. */
  add(sound: SoundForViewers): void {
    this.#held.push(sound);
    if (sound.transports.length <= FEW_VIEWERS) this.release();
    else this.#timer ??= setTimeout(() => this.release(), LONGEST_WAIT_MS);
  }

  /** Call before a frame is sent. */
  release(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const sound of this.#held.splice(0)) this.#send(sound);
  }

  /** What is held is not sent. */
  close(): void {
    clearTimeout(this.#timer);
    this.#held = [];
  }
}
