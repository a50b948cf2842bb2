import { AudioPacketizer, type ProtocolVariant } from '@moonshare/gamestream';
import { loadEncoders } from '../encode/encoders.ts';
import type { OpusEncoder } from '../encode/opus-encoder.ts';
import { toneSamples } from '../encode/tone.ts';
import { Pacer } from './pacer.ts';

/** Most packets sent at once after a delay. */
const MAX_CATCH_UP = 10;

export interface AudioStreamOptions {
  channels: 2 | 6 | 8;
  packetMs: 5 | 10;
  /** Both present when audio is encrypted. */
  key?: Buffer;
  keyId?: number;
  variant: ProtocolVariant;
  send: (datagrams: Buffer[]) => void;
}

/** Plays, encodes and sends the tone. Media time follows the wall clock: after a delay it continues in the present. */
export class AudioStream {
  readonly #encoder: OpusEncoder;
  readonly #packetizer: AudioPacketizer;
  readonly #pacer: Pacer;
  readonly #send: (datagrams: Buffer[]) => void;
  #startedAt = 0;
  #startedWall = 0;
  /** Media time passed so far, in packets. */
  #media = 0;
  packets = 0;

  private constructor(options: AudioStreamOptions, encoder: OpusEncoder) {
    const { packetMs, key, keyId, variant } = options;
    this.#encoder = encoder;
    this.#send = options.send;
    this.#packetizer = new AudioPacketizer({ packetMs, key, keyId, variant });
    this.#pacer = new Pacer(packetMs, () => this.#tick(packetMs));
  }

  static async open(options: AudioStreamOptions): Promise<AudioStream> {
    const { OpusEncoder } = await loadEncoders();
    return new AudioStream(options, await OpusEncoder.open(options.channels, options.packetMs));
  }

  start(): void {
    this.#startedAt = performance.now();
    this.#startedWall = Date.now();
    this.#pacer.start();
  }

  stop(): void {
    this.#pacer.stop();
    this.#encoder.close();
  }

  #tick(packetMs: number): void {
    // The pacer skips the ticks it missed; packets must not be skipped, or the listener's clock would fall behind.
    const due = Math.round((performance.now() - this.#startedAt) / packetMs) + 1;
    if (due - this.#media > MAX_CATCH_UP) this.#media = due - 1;
    for (; this.#media < due; this.#media++) {
      const time = this.#startedWall + this.#media * packetMs;
      const opus = this.#encoder.encode(toneSamples(time, this.#encoder.samplesPerPacket, this.#encoder.channels));
      if (opus === null) continue;
      this.#send(this.#packetizer.packetize(opus));
      this.packets++;
    }
  }
}
