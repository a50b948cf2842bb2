import { SoundBuffer } from './sound-buffer.ts';
import { type DecodedSound, type HeardSound, SOUND_PROCESSOR, SOUND_RATE } from './sound-port.ts';

/** The parts of AudioWorkletGlobalScope that are used; TypeScript knows none. */
declare const AudioWorkletProcessor: (new () => { readonly port: MessagePort }) | undefined;
declare const registerProcessor: (name: string, processor: unknown) => void;
declare const sampleRate: number;

/** Blocks of 128 samples between two reports: 48 ms. */
const REPORT_BLOCKS = 18;

export function isSoundWorklet(): boolean {
  return typeof AudioWorkletProcessor !== 'undefined';
}

/** Registers the processor that plays decoded sound. Its options have the number of `channels`; its first message is the worker's port. */
export function registerSoundProcessor(): void {
  if (typeof AudioWorkletProcessor === 'undefined') return;
  registerProcessor(
    SOUND_PROCESSOR,
    class extends AudioWorkletProcessor {
      readonly #buffer: SoundBuffer;
      #source: MessagePort | undefined;
      #taken = 0;
      #blocks = 0;
      #isOver = false;

      constructor({ processorOptions }: { processorOptions: { channels: number } }) {
        super();
        this.#buffer = new SoundBuffer({
          channels: processorOptions.channels,
          sourceRate: SOUND_RATE,
          outputRate: sampleRate,
        });
        this.port.onmessage = ({ data }: MessageEvent<MessagePort | null>) => {
          this.#isOver = data === null;
          if (data !== null) this.#play(data);
        };
      }

      process(_inputs: unknown, [output]: [Float32Array[]]): boolean {
        this.#buffer.pull(output);
        this.#blocks += 1;
        if (this.#blocks % REPORT_BLOCKS === 0) this.#report();
        return !this.#isOver;
      }

      #play(source: MessagePort): void {
        this.#source = source;
        source.onmessage = ({ data }: MessageEvent<DecodedSound>) => {
          this.#taken += 1;
          this.#buffer.push(data.planes, data.timeUs);
        };
      }

      #report(): void {
        const heard: HeardSound = { ...this.#buffer.report, taken: this.#taken };
        this.#source?.postMessage(heard);
      }
    },
  );
}
