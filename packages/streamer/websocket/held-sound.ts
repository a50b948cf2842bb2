import type { ViewerTransport } from '../viewer/transport.ts';
import type { SoundPacket } from './sound-messages.ts';

/** Sound waits no longer than this; the buffers of browsers even it out. A little more than a frame at 60 fps. */
const LONGEST_WAIT_MS = 17;

/** Packets in their order, and who gets all of them. */
export interface SoundForViewers {
  packets: SoundPacket[];
  transports: readonly ViewerTransport[];
}

/**
 * Sound on its way to all viewers. A socket takes as long for a few bytes of sound as for a frame, and there are 200 packets of
 * sound a second, which would be most of the work; so they wait for a frame to go with.
 */
export class HeldSound {
  readonly #send: (sound: SoundForViewers) => void;
  #held: SoundForViewers[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (sound: SoundForViewers) => void) {
    this.#send = send;
  }

  /** Sends it with the next `release`, some milliseconds later at most. */
  add(packet: SoundPacket, transports: readonly ViewerTransport[]): void {
    const last = this.#held.at(-1);
    if (last !== undefined && areSame(last.transports, transports)) last.packets.push(packet);
    else this.#held.push({ packets: [packet], transports });
    this.#timer ??= setTimeout(() => this.release(), LONGEST_WAIT_MS);
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

function areSame(a: readonly ViewerTransport[], b: readonly ViewerTransport[]): boolean {
  return a.length === b.length && a.every((transport, index) => transport === b[index]);
}
