import { SOUND_PROCESSOR, SOUND_RATE } from './sound-port.ts';

/** What the person must do before a page may play sound. */
const GESTURES = ['pointerdown', 'pointerup', 'keydown', 'touchend'] as const;
/** When the worklet's script could not be loaded, it is tried again after these pauses, ms. */
const RELOAD_MS = [500, 1000, 2000, 4000, 8000];

/** Plays decoded sound into a track. Browsers keep it silent until the person has done something in the page. */
export class SoundOutput {
  readonly #context = new AudioContext({ sampleRate: SOUND_RATE, latencyHint: 'interactive' });
  readonly #destination = this.#context.createMediaStreamDestination();
  readonly #release = new AbortController();
  #node: AudioWorkletNode | undefined;
  #module: Promise<void> | undefined;
  /** The port of the newest layout. */
  #port: MessagePort | undefined;

  constructor() {
    const { signal } = this.#release;
    for (const type of GESTURES) document.addEventListener(type, () => this.#resume(), { signal, capture: true });
    this.#resume();
  }

  get track(): MediaStreamTrack {
    return this.#destination.stream.getAudioTracks()[0]!;
  }

  /**
   * `url`: of the script that registers the processor; always the same. `port`: where the sound comes from, closed if it cannot be played.
   * Rejects if the script cannot be loaded.
   */
  async play(url: string, channels: number, port: MessagePort): Promise<void> {
    this.#port = port;
    try {
      await this.#load(url);
    } catch (error) {
      port.close();
      throw error;
    }
    if (this.#release.signal.aborted || this.#port !== port) return port.close();
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
    // A browser that has closed it by itself refuses.
    this.#context.close().catch(() => undefined);
  }

  #stop(): void {
    this.#node?.port.postMessage(null);
    this.#node?.disconnect();
    this.#node = undefined;
  }

  /** Everybody who waits shares one load. */
  #load(url: string): Promise<void> {
    this.#module ??= this.#tryToLoad(url).catch((error) => {
      this.#module = undefined;
      throw error;
    });
    return this.#module;
  }

  async #tryToLoad(url: string): Promise<void> {
    for (const pause of RELOAD_MS) {
      try {
        return await this.#context.audioWorklet.addModule(url);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, pause));
        if (this.#release.signal.aborted) return;
      }
    }
    await this.#context.audioWorklet.addModule(url);
  }

  #resume(): void {
    if (this.#context.state !== 'running') this.#context.resume().catch(() => undefined);
  }
}
