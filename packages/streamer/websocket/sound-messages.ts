import { type AudioConfiguration, encodeAudio } from '@moonshare/contract';
import { framed } from './framing.ts';

export interface SoundPacket {
  /** u16. */
  sequence: number;
  timeUs: number;
  data: Buffer;
}

/** Sound packets that go out together, as they go over every socket: built once with their configuration, and once without. */
export class SoundMessages {
  readonly configuration: AudioConfiguration;
  readonly #packets: readonly SoundPacket[];
  #plain: Buffer | null = null;
  #configured: Buffer | null = null;

  constructor(packets: readonly SoundPacket[], configuration: AudioConfiguration) {
    this.#packets = packets;
    this.configuration = configuration;
  }

  get count(): number {
    return this.#packets.length;
  }

  get plain(): Buffer {
    this.#plain ??= this.#encode(null);
    return this.#plain;
  }

  /** The first one has the configuration. */
  get configured(): Buffer {
    this.#configured ??= this.#encode(this.configuration);
    return this.#configured;
  }

  #encode(first: AudioConfiguration | null): Buffer {
    return Buffer.concat(
      this.#packets.map((packet, index) =>
        framed(encodeAudio({ ...packet, configuration: index === 0 ? first : null })),
      ),
    );
  }
}
