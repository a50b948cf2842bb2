import type { FromViewers, ToViewers } from '../viewers/main.ts';
import { Child } from './child.ts';
import { now } from './clock.ts';
import type { BenchStreamer } from './streamer.ts';

let processes = 0;

/** Viewers in a separate process, joined to one streamer. */
export class Viewers {
  /** When each was announced to the streamer. */
  readonly joinedAt = new Map<string, number>();
  readonly #name = `viewers${++processes}`;
  readonly #streamer: BenchStreamer;
  readonly #child: Child;
  #typed: ((at: number[]) => void) | null = null;

  constructor(streamer: BenchStreamer) {
    this.#streamer = streamer;
    this.#child = new Child(new URL('../viewers/main.ts', import.meta.url), {}, (message: FromViewers) => {
      if (message.type === 'typed') this.#typed?.(message.at);
      else streamer.send({ type: 'fromPeer', peerId: message.peerId, message: message.message });
    });
    streamer.on('signal', (peerId, message) => {
      if (this.joinedAt.has(peerId)) this.#tell({ type: 'signal', peerId, message });
    });
  }

  /** Resolves when the process is listening: the streamer makes an offer to viewers that are slow to make theirs. */
  async ready(): Promise<void> {
    await this.framesReceived();
  }

  /** One more; resolves with its ID when the streamer has its connection. The first one counts frames. */
  async join(): Promise<string> {
    const peerId = `${this.#name}-${this.joinedAt.size}`;
    const connected = Promise.withResolvers<string>();
    const onConnected = (id: string) => id === peerId && connected.resolve(id);
    const onClosed = (id: string) => id === peerId && connected.reject(new Error(`${id} could not connect`));
    this.#streamer.on('connected', onConnected).on('closed', onClosed);
    this.joinedAt.set(peerId, now());
    this.#streamer.send({ type: 'addPeer', peerId, role: 'full' });
    this.#tell({ type: 'join', peerId, watched: this.joinedAt.size === 1 });
    try {
      return await this.#child.orFailed(connected.promise);
    } finally {
      this.#streamer.off('connected', onConnected).off('closed', onClosed);
    }
  }

  async joinAll(count: number): Promise<void> {
    for (let joined = 0; joined < count; joined += 1) await this.join();
  }

  /** Frames received by the watched viewer since the last call. */
  async framesReceived(): Promise<number> {
    const [frames = 0] = await this.#child.ask<number[]>('framesReceived');
    return frames;
  }

  /** Presses and releases a key; resolves with the times at which each message was sent. */
  async type(peerId: string, count: number, everyMs: number): Promise<number[]> {
    const typed = new Promise<number[]>((resolve) => {
      this.#typed = resolve;
    });
    this.#tell({ type: 'type', peerId, count, everyMs });
    return this.#child.orFailed(typed);
  }

  /** Like a laptop with a closed lid: alive, but receiving nothing. */
  stall(): void {
    this.#child.process.kill('SIGSTOP');
  }

  /** All leave, and the streamer is told. */
  close(): Promise<void> {
    for (const peerId of this.joinedAt.keys()) this.#streamer.send({ type: 'removePeer', peerId });
    return this.#child.end('SIGKILL');
  }

  #tell(message: ToViewers): void {
    this.#child.send(message);
  }
}
