import type { FromSocketViewers, Read, ToSocketViewers } from '../viewers/socket-main.ts';
import { Child } from './child.ts';
import { now } from './clock.ts';
import type { MediaDoor } from './media-door.ts';
import type { BenchStreamer } from './streamer.ts';

/** So many share a process. */
const PER_PROCESS = 16;

/** Many viewers on media sockets, in processes of their own. */
export class SocketViewers {
  readonly #streamer: BenchStreamer;
  readonly #door: MediaDoor;
  readonly #children: Child[] = [];
  readonly #ids: string[] = [];
  readonly #waiting = new Map<string, (at: number) => void>();

  constructor(streamer: BenchStreamer, door: MediaDoor) {
    this.#streamer = streamer;
    this.#door = door;
  }

  get count(): number {
    return this.#ids.length;
  }

  /** One more; resolves with the ms from its announcement to the last byte of its first frame. */
  async join(): Promise<number> {
    const { kind, port } = this.#door;
    const peerId = `${kind}-${this.count}`;
    this.#ids.push(peerId);
    const child = await this.#childFor(this.count);
    const firstFrame = new Promise<number>((resolve) => this.#waiting.set(peerId, resolve));
    const announcedAt = now();
    this.#streamer.send({ type: 'addPeer', peerId, role: 'watch', transports: ['websocket'] });
    child.send({ type: 'join', peerId, port, kind } satisfies ToSocketViewers);
    return (await child.orFailed(this.#streamer.orFailed(firstFrame))) - announcedAt;
  }

  /** What all have read since the last call. A frame is in it once every viewer had it: its number, and when the last one did. */
  async read(): Promise<{ bytes: number; frames: Map<number, number> }> {
    const all = await Promise.all(this.#children.map((child) => child.ask<Read>('read')));
    const frames = new Map<number, { at: number; viewers: number }>();
    for (const [number, at, viewers] of all.flatMap((read) => read.frames)) {
      const known = frames.get(number) ?? { at: 0, viewers: 0 };
      frames.set(number, { at: Math.max(known.at, at), viewers: known.viewers + viewers });
    }
    const complete = [...frames].filter(([, { viewers }]) => viewers === this.count);
    return {
      bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
      frames: new Map(complete.map(([number, { at }]) => [number, at])),
    };
  }

  /** All leave, and the streamer is told. */
  async close(): Promise<void> {
    for (const peerId of this.#ids) this.#streamer.send({ type: 'removePeer', peerId });
    for (const child of this.#children) await child.end('SIGKILL');
  }

  /** The process of the viewer that makes so many. Resolves when it is listening. */
  async #childFor(count: number): Promise<Child> {
    const index = Math.ceil(count / PER_PROCESS) - 1;
    this.#children[index] ??= new Child(
      new URL('../viewers/socket-main.ts', import.meta.url),
      {},
      ({ peerId, at }: FromSocketViewers) => this.#waiting.get(peerId)?.(at),
    );
    await this.#children[index].ask<Read>('read');
    return this.#children[index];
  }
}
