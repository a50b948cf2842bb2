import type { AudioConfiguration, AudioMessage } from '@moonshare/contract/browser';
import { opusHead } from './opus-head.ts';
import { type DecodedSound, type HeardSound, SOUND_RATE } from './sound-port.ts';

/** Decoded packets that the worklet has not taken: it does not run before the person has clicked. */
const MAX_UNTAKEN = 100;
/** After this many failures in a row, the sound is given up. */
const MAX_FAILURES = 5;

export interface SoundDecoderEvents {
  /** A new layout: play what comes from this port from now on. */
  sound(channels: number, port: MessagePort): void;
  /** What is heard now. */
  heard(heard: HeardSound): void;
}

/** Decodes Opus packets, and passes the sound straight to the worklet. */
export class SoundDecoder {
  readonly #events: SoundDecoderEvents;
  #layout: AudioConfiguration | null = null;
  #decoder: AudioDecoder | null = null;
  #port: MessagePort | null = null;
  #passed = 0;
  #taken = 0;
  #failures = 0;

  constructor(events: SoundDecoderEvents) {
    this.#events = events;
  }

  /** null: nothing has come yet. */
  get channels(): number | null {
    return this.#layout?.mapping.length ?? null;
  }

  receive({ configuration, data, timeUs }: AudioMessage): void {
    if (configuration !== null) this.#configure(configuration);
    if (this.#layout === null || this.#failures > MAX_FAILURES) return;
    const duration = this.#layout.packetMs * 1000;
    const chunk = new EncodedAudioChunk({ type: 'key', timestamp: timeUs, duration, data });
    try {
      if (this.#decoder === null) this.#openDecoder(this.#layout);
      this.#decoder?.decode(chunk);
    } catch {
      this.#onError();
    }
  }

  close(): void {
    this.#closeDecoder();
    this.#port?.close();
    this.#port = null;
  }

  #configure(layout: AudioConfiguration): void {
    if (JSON.stringify(layout) === JSON.stringify(this.#layout)) return;
    this.close();
    this.#layout = layout;
    this.#failures = 0;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#passed = 0;
    this.#taken = 0;
    port1.onmessage = ({ data }: MessageEvent<HeardSound>) => {
      this.#taken = data.taken;
      this.#events.heard(data);
    };
    this.#events.sound(layout.mapping.length, port2);
  }

  #openDecoder(layout: AudioConfiguration): void {
    const description = opusHead(layout);
    const decoder = new AudioDecoder({
      output: (sound) => {
        if (this.#decoder === decoder) this.#onSound(sound);
        sound.close();
      },
      error: () => {
        if (this.#decoder === decoder) this.#onError();
      },
    });
    // Before it is configured, so that it is closed if that fails.
    this.#decoder = decoder;
    decoder.configure({
      codec: 'opus',
      sampleRate: SOUND_RATE,
      numberOfChannels: layout.mapping.length,
      ...(description === null ? {} : { description }),
    });
  }

  /** The next packet goes to another decoder. */
  #onError(): void {
    this.#closeDecoder();
    this.#failures += 1;
  }

  #closeDecoder(): void {
    if (this.#decoder?.state !== 'closed') this.#decoder?.close();
    this.#decoder = null;
  }

  /** Sound that cannot be read is no reason to lose the picture: nothing may be thrown in the worker. */
  #onSound(sound: AudioData): void {
    try {
      this.#pass(sound);
      this.#failures = 0;
    } catch {
      this.#onError();
    }
  }

  #pass(sound: AudioData): void {
    if (this.#port === null || this.#passed - this.#taken >= MAX_UNTAKEN) return;
    const planes = Array.from({ length: sound.numberOfChannels }, (_, planeIndex) => {
      const plane = new Float32Array(sound.numberOfFrames);
      sound.copyTo(plane, { planeIndex, format: 'f32-planar' });
      return plane;
    });
    const decoded: DecodedSound = { planes, timeUs: sound.timestamp };
    this.#passed += 1;
    this.#port.postMessage(
      decoded,
      planes.map(({ buffer }) => buffer),
    );
  }
}
