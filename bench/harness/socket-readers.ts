import type { FromSocketViewers, Read, ToSocketViewers } from '../viewers/socket-main.ts';
import { Child } from './child.ts';

/** So many share a process. */
const PER_PROCESS = 16;

/** Many connections that read media, in processes of their own. */
export class SocketReaders {
  readonly #onFirstFrame: (first: FromSocketViewers) => void;
  readonly #children: Child[] = [];
  #count = 0;

  constructor(onFirstFrame: (first: FromSocketViewers) => void) {
    this.#onFirstFrame = onFirstFrame;
  }

  get count(): number {
    return this.#count;
  }

  /** The process of the next one, once it listens. */
  async nextProcess(): Promise<Child> {
    const index = Math.floor(this.#count / PER_PROCESS);
    this.#children[index] ??= new Child(new URL('../viewers/socket-main.ts', import.meta.url), {}, this.#onFirstFrame);
    await this.#children[index].ask<Read>('read');
    return this.#children[index];
  }

  /** One more, in this process. */
  add(child: Child, options: Omit<ToSocketViewers, 'type'>): void {
    this.#count += 1;
    child.send({ type: 'join', ...options } satisfies ToSocketViewers);
  }

  /** What those of each process have read since the last call. */
  read(): Promise<Read[]> {
    return Promise.all(this.#children.map((child) => child.ask<Read>('read')));
  }

  async close(): Promise<void> {
    for (const child of this.#children) await child.end('SIGKILL');
  }
}
