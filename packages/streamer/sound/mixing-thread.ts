import { Worker } from 'node:worker_threads';
import type { SoundFormat } from './down-mixer.ts';

/** A thread that falls behind by more has no time for sound: what comes then is lost. */
const MAX_WAITING_MS = 250;

/** Mixes beside the thread that sends pictures: a packet takes a quarter of a millisecond. */
export class MixingThread {
  readonly #worker: Worker;
  readonly #maxWaiting: number;
  readonly #waiting: ((mixed: Buffer) => void)[] = [];

  /** `failed`: at most once; the thread is of no more use then. */
  constructor(format: SoundFormat, failed: (error: Error) => void) {
    this.#maxWaiting = MAX_WAITING_MS / format.packetMs;
    this.#worker = new Worker(new URL('./mixing-worker.ts', import.meta.url), { workerData: format });
    this.#worker.on('message', (mixed: Uint8Array | null) => {
      const done = this.#waiting.shift();
      if (mixed !== null) done?.(Buffer.from(mixed.buffer, mixed.byteOffset, mixed.length));
    });
    this.#worker.on('error', (error) => failed(error instanceof Error ? error : new Error(String(error))));
    // Sound keeps no process alive.
    this.#worker.unref();
  }

  /** `done` is called in order, and not at all for a packet that could not be mixed. False: too many wait. */
  mix(packet: Buffer, done: (mixed: Buffer) => void): boolean {
    if (this.#waiting.length >= this.#maxWaiting) return false;
    this.#waiting.push(done);
    // A copy: the packet's memory is the host stream's.
    this.#worker.postMessage(Uint8Array.from(packet));
    return true;
  }

  /** No `done` is called any more. */
  close(): void {
    this.#waiting.length = 0;
    this.#worker.removeAllListeners();
    this.#worker.on('error', () => {});
    void this.#worker.terminate();
  }
}
