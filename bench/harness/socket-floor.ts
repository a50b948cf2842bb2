import { setTimeout as sleep } from 'node:timers/promises';
import type { Clip } from '../clip/clip.ts';
import type { FromSocketFloor } from '../floors/socket-main.ts';
import { Child } from './child.ts';
import { now } from './clock.ts';
import { SocketReaders } from './socket-readers.ts';

/** A process that does nothing but write a recording to connections (floors/socket-main.ts), and who reads it. */
export class SocketFloor {
  readonly #kind: 'plain' | 'TLS';
  readonly #child: Child;
  readonly #port: number;
  readonly #readers = new SocketReaders(() => {});

  private constructor(child: Child, { port }: FromSocketFloor, kind: 'plain' | 'TLS') {
    this.#child = child;
    this.#port = port;
    this.#kind = kind;
  }

  static async start({ picturesFile, format }: Clip, kind: 'plain' | 'TLS'): Promise<SocketFloor> {
    const listening = Promise.withResolvers<FromSocketFloor>();
    const args = [picturesFile, String(format.fps), kind];
    const child = new Child(new URL('../floors/socket-main.ts', import.meta.url), { args }, listening.resolve);
    return new SocketFloor(child, await child.orFailed(listening.promise), kind);
  }

  get count(): number {
    return this.#readers.count;
  }

  /** One more connection. */
  async join(): Promise<void> {
    const { count } = this;
    const child = await this.#readers.nextProcess();
    this.#readers.add(child, { peerId: `floor-${count}`, port: this.#port, kind: this.#kind });
  }

  /** CPU seconds and Gbit read, per second, over this time from now. */
  async measure(ms: number): Promise<{ load: number; gigabitsPerSecond: number }> {
    const before = await this.#cpuSeconds();
    await this.#readers.read();
    const startedAt = now();
    await this.#child.orFailed(sleep(ms));
    const after = await this.#cpuSeconds();
    const read = await this.#readers.read();
    const seconds = (now() - startedAt) / 1000;
    const bytes = read.reduce((sum, { bytes }) => sum + bytes, 0);
    return { load: (after - before) / seconds, gigabitsPerSecond: (bytes * 8) / 1e9 / seconds };
  }

  async close(): Promise<void> {
    await this.#readers.close();
    await this.#child.end('SIGKILL');
  }

  #cpuSeconds(): Promise<number> {
    return this.#child.ask('cpuSeconds');
  }
}
