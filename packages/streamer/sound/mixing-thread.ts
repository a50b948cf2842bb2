import { Worker } from 'node:worker_threads';
import type { SoundFormat } from './down-mixer.ts';

/** A thread further behind than this has no time for sound: further packets are lost. */
const MAX_WAITING_MS = 250;

/** Mixes apart from the thread that sends pictures: a packet takes a quarter of a millisecond. */
export class MixingThread {
  readonly #worker: Worker;
  readonly #maxWaiting: number;
  readonly #waiting: ((mixed: Buffer) => void)[] = [];

  /** `failed`: called at most once; the thread is useless after that. */
  constructor(format: SoundFormat, failed: (error: Error) => void) {
    this.#maxWaiting = MAX_WAITING_MS / format.packetMs;
    this.#worker = new Worker(new URL('./mixing-worker.ts', import.meta.url), { workerData: format });
    this.#worker.on('message', (mixed: Uint8Array | null) => {
      const done = this.#waiting.shift();
      if (mixed !== null) done?.(Buffer.from(mixed.buffer, mixed.byteOffset, mixed.length));
    });
    this.#worker.on('error', (error) => failed(error instanceof Error ? error : new Error(String(error))));
    // Sound does not keep the process alive.
    this.#worker.unref();
  }

  /** `done` is called in order, but not for a packet that could not be mixed. False: too many are waiting. */
  mix(packet: Buffer, done: (mixed: Buffer) => void): boolean {
    if (this.#waiting.length >= this.#maxWaiting) return false;
    this.#waiting.push(done);
    // A copy: the packet's memory belongs to the host stream.
    this.#worker.postMessage(Uint8Array.from(packet));
    return true;
  }

  /** `done` is not called any more. */
  close(): void {
    this.#waiting.length = 0;
    this.#worker.removeAllListeners();
    this.#worker.on('error', () => {});
    void this.#worker.terminate();
  }
}
