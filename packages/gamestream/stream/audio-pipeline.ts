import {
  type AudioOutput,
  AudioReceiver,
  type AudioReceiverOptions,
  type AudioReceiverStats,
} from '../audio/receiver.ts';
import type { AudioPacket } from '../types.ts';
import { Alarm } from './alarm.ts';

/** The audio receiver with its clock. */
export class AudioPipeline {
  readonly #receiver: AudioReceiver;
  readonly #packet: (packet: AudioPacket) => void;
  readonly #alarm = new Alarm(() => this.#take(this.#receiver.advance(performance.now())));

  constructor(options: AudioReceiverOptions, packet: (packet: AudioPacket) => void) {
    this.#receiver = new AudioReceiver(options);
    this.#packet = packet;
  }

  receive(datagram: Buffer, now: number): void {
    this.#take(this.#receiver.receive(datagram, now));
  }

  stats(): AudioReceiverStats {
    return this.#receiver.stats();
  }

  stop(): void {
    this.#alarm.stop();
  }

  #take({ packets, wakeAt }: AudioOutput): void {
    this.#alarm.set(wakeAt);
    for (const packet of packets) this.#packet(packet);
  }
}
