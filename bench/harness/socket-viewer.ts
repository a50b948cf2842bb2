import { decodeMediaMessage, encodeAcknowledgement, encodeViewerHello } from '@moonshare/contract';
import { now } from './clock.ts';
import type { BenchStreamer } from './streamer.ts';

/** Browsers acknowledge this often at most. */
const ACKNOWLEDGE_MS = 50;

export interface ArrivedFrame {
  number: number;
  isKey: boolean;
  at: number;
}

/** A viewer on a media socket: acknowledges what comes, decodes nothing. */
export class SocketViewer {
  readonly frames: ArrivedFrame[] = [];
  readonly #peerId: string;
  readonly #streamer: BenchStreamer;
  readonly #socket: WebSocket;
  #acknowledgeTimer: NodeJS.Timeout | null = null;

  private constructor(streamer: BenchStreamer, peerId: string, port: number) {
    this.#peerId = peerId;
    this.#streamer = streamer;
    streamer.send({ type: 'addPeer', peerId, role: 'watch', transports: ['websocket'] });
    this.#socket = new WebSocket(`ws://127.0.0.1:${port}/${peerId}`);
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.addEventListener('message', ({ data }) => this.#take(new Uint8Array(data as ArrayBuffer)));
  }

  /** Resolves with its first frame. `port`: of the door, or of a line in front of it. */
  static async join(streamer: BenchStreamer, peerId: string, port: number): Promise<SocketViewer> {
    const viewer = new SocketViewer(streamer, peerId, port);
    const first = new Promise<void>((resolve) => {
      viewer.#socket.addEventListener('message', () => viewer.frames.length > 0 && resolve());
    });
    await streamer.orFailed(first);
    return viewer;
  }

  close(): void {
    if (this.#acknowledgeTimer !== null) clearTimeout(this.#acknowledgeTimer);
    this.#streamer.send({ type: 'removePeer', peerId: this.#peerId });
    this.#socket.close();
  }

  #take(bytes: Uint8Array): void {
    const message = decodeMediaMessage(bytes);
    if (message?.kind === 'hello') this.#socket.send(encodeViewerHello({ wantsSound: false, takesSurround: false }));
    if (message?.kind !== 'video') return;
    this.frames.push({ number: message.frame, isKey: message.isKey, at: now() });
    this.#acknowledgeTimer ??= setTimeout(() => this.#acknowledge(), ACKNOWLEDGE_MS);
  }

  #acknowledge(): void {
    this.#acknowledgeTimer = null;
    const received = this.frames.at(-1)!.number;
    if (this.#socket.readyState === WebSocket.OPEN)
      this.#socket.send(encodeAcknowledgement({ received, shown: received, queued: 0, receivedAtMs: now() }));
  }
}
