import { type AudioConfiguration, encodeAudio } from '@moonshare/contract';
import { framed } from './framing.ts';

/** One sound packet as it goes over every socket: built once with its configuration, and once without. */
export class SoundMessage {
  readonly configuration: AudioConfiguration;
  readonly #packet: { sequence: number; timeUs: number; data: Buffer };
  #plain: Buffer | null = null;
  #configured: Buffer | null = null;

  constructor(packet: { sequence: number; timeUs: number; data: Buffer }, configuration: AudioConfiguration) {
    this.#packet = packet;
    this.configuration = configuration;
  }

  get plain(): Buffer {
    this.#plain ??= framed(encodeAudio({ ...this.#packet, configuration: null }));
    return this.#plain;
  }

  get configured(): Buffer {
    this.#configured ??= framed(encodeAudio({ ...this.#packet, configuration: this.configuration }));
    return this.#configured;
  }
}
