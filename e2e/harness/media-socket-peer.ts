import { EventEmitter, once } from 'node:events';
import {
  decodeMediaMessage,
  encodeAcknowledgement,
  encodeInput,
  encodeMediaInput,
  encodeViewerHello,
  type VideoMessage,
  type ViewerInput,
} from '@moonshare/contract';
import { WebSocket } from 'ws';

/** Browsers acknowledge this often at most. */
const ACKNOWLEDGE_MS = 50;
/** A socket on which nothing comes for this long is dead (protocol/6 §2). */
const DEAD_MS = 10_000;

interface MediaSocketPeerEvents {
  frame: [frame: VideoMessage];
  /** The last event: refused, ended or dead. `why`: the reason that was given, or an HTTP status. */
  closed: [why: string];
}

/** A viewer on a media socket, without a page: says hello and acknowledges what comes as pages do, and decodes nothing. */
export class MediaSocketPeer extends EventEmitter<MediaSocketPeerEvents> {
  readonly #socket: WebSocket;
  #received: number | null = null;
  #acknowledging: NodeJS.Timeout | undefined;
  #why: string | null = null;
  readonly #dead = setTimeout(() => this.#end('nothing comes any more'), DEAD_MS);

  /** `server`: its URL without a trailing slash. */
  constructor(server: string, streamerId: string, ticket: string) {
    super();
    const url = `${server.replace('http', 'ws')}/api/streamers/${streamerId}/media?ticket=${encodeURIComponent(ticket)}`;
    this.#socket = new WebSocket(url, { perMessageDeflate: false });
    this.#socket.on('open', () => this.#socket.send(encodeViewerHello({ wantsSound: true, takesSurround: false })));
    this.#socket.on('message', (data: Buffer) => this.#take(data));
    this.#socket.on('unexpected-response', (_request, { statusCode }) => this.#end(`HTTP ${statusCode}`));
    this.#socket.on('error', ({ message }) => this.#end(message));
    this.#socket.on('close', (code, reason) => {
      clearTimeout(this.#dead);
      clearTimeout(this.#acknowledging);
      this.emit('closed', this.#why ?? (String(reason) || `closed ${code}`));
    });
  }

  send(event: ViewerInput): void {
    this.#socket.send(encodeMediaInput(encodeInput(event)));
  }

  /** Returns whether it was sent. */
  key(virtualKey: number, down: boolean): boolean {
    if (this.#socket.readyState !== WebSocket.OPEN) return false;
    this.send({ kind: 'key', down, modifiers: 0, virtualKey });
    return true;
  }

  /** Whatever that is. */
  sendRaw(message: Uint8Array | string): void {
    this.#socket.send(message);
  }

  /** Resolves when the streamer has everything that was sent before. */
  async arrived(): Promise<void> {
    const pong = once(this.#socket, 'pong');
    this.#socket.ping();
    await pong;
  }

  close(): void {
    this.#socket.close();
  }

  #take(data: Buffer): void {
    this.#dead.refresh();
    const message = decodeMediaMessage(data);
    if (message?.kind !== 'video') return;
    this.#received = message.frame;
    this.#acknowledging ??= setTimeout(() => this.#acknowledge(), ACKNOWLEDGE_MS);
    this.emit('frame', message);
  }

  #acknowledge(): void {
    this.#acknowledging = undefined;
    const received = this.#received!;
    const acknowledgement = { received, shown: received, queued: 0, receivedAtMs: performance.now() };
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(encodeAcknowledgement(acknowledgement));
  }

  #end(why: string): void {
    this.#why ??= why;
    this.#socket.terminate();
  }
}
