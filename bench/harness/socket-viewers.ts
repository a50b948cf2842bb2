import { now } from './clock.ts';
import type { MediaDoor } from './media-door.ts';
import { SocketReaders } from './socket-readers.ts';
import type { BenchStreamer } from './streamer.ts';

/** Many viewers on media sockets, in processes of their own. */
export class SocketViewers {
  readonly #streamer: BenchStreamer;
  readonly #door: MediaDoor;
  readonly #readers = new SocketReaders(({ peerId, at }) => this.#waiting.get(peerId)?.(at));
  readonly #ids: string[] = [];
  readonly #waiting = new Map<string, (at: number) => void>();

  constructor(streamer: BenchStreamer, door: MediaDoor) {
    this.#streamer = streamer;
    this.#door = door;
  }

  get count(): number {
    return this.#readers.count;
  }

  /** One more; resolves with the ms from its announcement to the last byte of its first frame. */
  async join(): Promise<number> {
    const { kind, port } = this.#door;
    const peerId = `${kind}-${this.count}`;
    this.#ids.push(peerId);
    const child = await this.#readers.nextProcess();
    const firstFrame = new Promise<number>((resolve) => this.#waiting.set(peerId, resolve));
    const announcedAt = now();
    this.#streamer.send({ type: 'addPeer', peerId, role: 'watch', transports: ['websocket'] });
    this.#readers.add(child, { peerId, port, kind });
    return (await child.orFailed(this.#streamer.orFailed(firstFrame))) - announcedAt;
  }

  /** What all have read since the last call. A frame is in it once every viewer had it: its number, and when the last one did. */
  async read(): Promise<{ bytes: number; frames: Map<number, number> }> {
    const all = await this.#readers.read();
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
    await this.#readers.close();
  }
}
