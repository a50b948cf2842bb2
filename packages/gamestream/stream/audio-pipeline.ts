import { WakeTimer } from '@moonshare/sans-io';
import { AudioReceiver, type AudioReceiverOptions, type AudioReceiverStats } from '../audio/receiver.ts';
import type { AudioPacket } from '../types.ts';

/** The audio receiver with its timer. */
export class AudioPipeline {
  readonly #receiver: AudioReceiver;
  readonly #timer: WakeTimer<AudioPacket>;

  constructor(options: AudioReceiverOptions, handle: (packet: AudioPacket) => void) {
    this.#receiver = new AudioReceiver(options);
    this.#timer = new WakeTimer((now) => this.#receiver.advance(now), handle);
  }

  receive(datagram: Buffer, now: number): void {
    this.#timer.take(this.#receiver.receive(datagram, now));
  }

  stats(): AudioReceiverStats {
    return this.#receiver.stats();
  }

  stop(): void {
    this.#timer.stop();
  }
}
