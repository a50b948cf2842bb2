import { splitOpusStreams } from '@moonshare/bitstream';
import { clamp } from '@moonshare/contract';
import type { OpusLayout } from '@moonshare/gamestream';
import {
  Application,
  createDecoder,
  createEncoder,
  type OpusDecoderHandle,
  type OpusEncoderHandle,
} from 'libopus-wasm';
import { type StreamGains, stereoGains } from './stereo-gains.ts';

const SAMPLE_RATE = 48_000;
/** Twice what hosts use for stereo, since it is encoded a second time. */
const BIT_RATE = 192_000;
/** A fifth cheaper than the highest, with no audible difference at this bit rate. */
const COMPLEXITY = 5;

export interface SoundFormat {
  layout: OpusLayout;
  packetMs: 5 | 10;
}

interface Voice {
  gains: StreamGains;
  decoder: OpusDecoderHandle;
}

/** Turns surround packets into stereo packets of the same duration: each stream decoded, mixed, and encoded again. */
export class DownMixer {
  readonly #voices: readonly (Voice | null)[];
  readonly #encoder: OpusEncoderHandle;
  readonly #samples: number;

  private constructor(voices: readonly (Voice | null)[], encoder: OpusEncoderHandle, samples: number) {
    this.#voices = voices;
    this.#encoder = encoder;
    this.#samples = samples;
  }

  static async open({ layout, packetMs }: SoundFormat): Promise<DownMixer> {
    const samples = (SAMPLE_RATE / 1000) * packetMs;
    const voices = await Promise.all(
      stereoGains(layout).map(async (gains) => {
        if (gains.isSilent) return null;
        const decoder = await createDecoder({
          sampleRate: SAMPLE_RATE,
          channels: gains.channels,
          maxFrameSize: samples,
        });
        return { gains, decoder };
      }),
    );
    const encoder = await createEncoder({
      sampleRate: SAMPLE_RATE,
      channels: 2,
      application: Application.RestrictedLowDelay,
      frameSize: samples,
      bitrate: BIT_RATE,
      vbr: false,
      complexity: COMPLEXITY,
    });
    return new DownMixer(voices, encoder, samples);
  }

  /** Call in packet order; missing packets are not concealed. Throws if the packet does not fit the layout. */
  mix(packet: Uint8Array): Uint8Array {
    const mixed = new Float32Array(2 * this.#samples);
    const parts = splitOpusStreams(Buffer.from(packet.buffer, packet.byteOffset, packet.length), this.#voices.length);
    this.#voices.forEach((voice, stream) => {
      if (voice !== null) add(mixed, voice.decoder.decodeFloat(parts[stream]!), voice.gains);
    });
    return this.#encoder.encodeFloat(mixed.map((sample) => clamp(sample, -1, 1)));
  }

  close(): void {
    for (const voice of this.#voices) voice?.decoder.free();
    this.#encoder.free();
  }
}

/** Both are interleaved. */
function add(mixed: Float32Array, sound: Float32Array, { channels, left, right }: StreamGains): void {
  const samples = Math.min(mixed.length / 2, sound.length / channels);
  for (let sample = 0; sample < samples; sample += 1)
    for (let channel = 0; channel < channels; channel += 1) {
      const value = sound[sample * channels + channel]!;
      mixed[2 * sample] = mixed[2 * sample]! + value * left[channel]!;
      mixed[2 * sample + 1] = mixed[2 * sample + 1]! + value * right[channel]!;
    }
}
