import { SOUND_PROCESSOR, SOUND_RATE } from './sound-port.ts';

/** What the person must do before a page may play sound. */
const GESTURES = ['pointerdown', 'pointerup', 'keydown', 'touchend'] as const;

/** Plays decoded sound into a track. Browsers keep it silent until the person has done something in the page. */
export class SoundOutput {
  readonly #context = new AudioContext({ sampleRate: SOUND_RATE, latencyHint: 'interactive' });
  readonly #destination = this.#context.createMediaStreamDestination();
  readonly #release = new AbortController();
  #node: AudioWorkletNode | undefined;
  #module: Promise<void> | undefined;

  constructor() {
    const { signal } = this.#release;
    for (const type of GESTURES) document.addEventListener(type, () => this.#resume(), { signal, capture: true });
    this.#resume();
  }

  get track(): MediaStreamTrack {
    return this.#destination.stream.getAudioTracks()[0]!;
  }

  /** `url`: of the script that registers the processor; always the same. `port`: where the sound comes from. */
  async play(url: string, channels: number, port: MessagePort): Promise<void> {
    this.#module ??= this.#context.audioWorklet.addModule(url);
    await this.#module;
    if (this.#release.signal.aborted) return;
    this.#stop();
    this.#destination.channelCount = channels;
    this.#node = new AudioWorkletNode(this.#context, SOUND_PROCESSOR, {
      numberOfInputs: 0,
      outputChannelCount: [channels],
      processorOptions: { channels },
    });
    this.#node.port.postMessage(port, [port]);
    this.#node.connect(this.#destination);
  }

  close(): void {
    this.#release.abort();
    this.#stop();
    void this.#context.close();
  }

  #stop(): void {
    this.#node?.port.postMessage(null);
    this.#node?.disconnect();
    this.#node = undefined;
  }

  #resume(): void {
    if (this.#context.state !== 'running') this.#context.resume().catch(() => undefined);
  }
}
