import { execFile } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  decodeInput,
  decodeViewerMessage,
  encodeAudio,
  encodeMediaFeedback,
  encodeMediaGeneral,
  encodeMediaHello,
  encodeMediaRoundTrip,
  type GeneralMessage,
  type ViewerFeedback,
  type ViewerInput,
  type ViewerMessage,
} from '@moonshare/contract';
import { type WebSocket, WebSocketServer } from 'ws';
import { securityHeaders } from '../../../packages/server/http/security-headers.ts';
import { outsideAddress } from '../outside-address.ts';
import { type RecordedMedium, recordedMedia, type Sound, STEREO, videoMessage } from './recorded-media.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PAGE = fileURLToPath(new URL('page/', import.meta.url));
const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' };

/** Serves one page with a media player, under our own content security policy, and plays a real host's recording to it. */
export class MediaServer {
  readonly #http = createServer((request, response) => void this.#serve(request, response));
  readonly #sockets = new WebSocketServer({ server: this.#http, path: '/media', perMessageDeflate: false });
  readonly #media = recordedMedia('sunshine-h264-clear');
  readonly #pages: string;
  #joined = Promise.withResolvers<MediaViewer>();
  #hello: Uint8Array = encodeMediaHello();

  private constructor(pages: string) {
    this.#pages = pages;
    this.#sockets.on('connection', (socket) => this.#joined.resolve(new MediaViewer(socket, this.#media, this.#hello)));
  }

  static async start(): Promise<MediaServer> {
    const pages = await mkdtemp(join(tmpdir(), 'moonshare-media-page-'));
    const build = ['run', '--silent', 'build', '--workspace', '@moonshare/web', '--', PAGE];
    const config = join(ROOT, 'packages/web/vite.config.ts');
    await promisify(execFile)('npm', [...build, '--config', config, '--outDir', pages, '--emptyOutDir'], { cwd: ROOT });
    const server = new MediaServer(pages);
    server.#http.listen(0);
    await once(server.#http, 'listening');
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}/`;
  }

  /** The same, but no secure context: browsers trust only loopback addresses without HTTPS. */
  get insecureUrl(): string {
    return Object.assign(new URL(this.url), { hostname: outsideAddress() }).href;
  }

  /** The viewer that joins next, with this as the first message; asked for before its page is opened. */
  nextViewer(hello: Uint8Array = encodeMediaHello()): Promise<MediaViewer> {
    this.#hello = hello;
    this.#joined = Promise.withResolvers<MediaViewer>();
    return this.#joined.promise;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
    await rm(this.#pages, { recursive: true, force: true });
  }

  async #serve({ url = '/' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const file = url === '/' ? 'index.html' : url;
    for (const [name, value] of Object.entries(securityHeaders({ tls: false }))) response.setHeader(name, value);
    try {
      const data = await readFile(join(this.#pages, file));
      response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream').end(data);
    } catch {
      response.writeHead(404).end();
    }
  }
}

type KeyFrameNeeded = Extract<ViewerMessage, { kind: 'keyFrameNeeded' }>;
export type Acknowledged = Extract<ViewerMessage, { kind: 'acknowledgement' }>;

/** One browser at the media server's socket. The recording is repeated without end, from a key frame whenever one is asked for. */
export class MediaViewer extends EventEmitter<{
  hello: [ViewerMessage];
  acknowledgement: [Acknowledged];
  input: [ViewerInput | null];
  keyFrameNeeded: [KeyFrameNeeded['reason']];
  closed: [code: number];
}> {
  readonly #socket: WebSocket;
  readonly #media: readonly RecordedMedium[];
  /** What is done to each frame before it is sent; null: it is not sent. */
  change: (frame: Buffer, isKey: boolean) => Buffer | null = (frame) => frame;
  #timer: NodeJS.Timeout | undefined;
  #frame = 0xffff_fff0;
  #packet = 0;
  /** Instead of the recording's. */
  #sound: Sound | null = null;
  /** Whether the layout has been said. */
  #isSoundConfigured = false;
  #left = false;

  constructor(socket: WebSocket, media: readonly RecordedMedium[], hello: Uint8Array) {
    super();
    this.#socket = socket;
    this.#media = media;
    socket.on('message', (data: Buffer) => this.#onMessage(decodeViewerMessage(data)));
    socket.on('close', (code) => {
      clearTimeout(this.#timer);
      this.emit('closed', code);
    });
    socket.send(hello);
    socket.send(encodeMediaRoundTrip(12));
    this.#play(0, performance.now());
  }

  feedback(feedback: ViewerFeedback): void {
    this.#socket.send(encodeMediaFeedback(feedback));
  }

  general(message: GeneralMessage): void {
    this.#socket.send(encodeMediaGeneral(message));
  }

  /** Ends the connection as streamers do: the reason is an error code. */
  end(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  /** The connection is cut without a word. */
  cut(): void {
    this.#socket.terminate();
  }

  /** Another sound from now on. */
  play(sound: Sound): void {
    this.#sound = sound;
    this.#isSoundConfigured = false;
    this.#packet = 0;
  }

  /** Sends nothing until `resume`. */
  pause(): void {
    clearTimeout(this.#timer);
  }

  /** Goes on from a key frame, as streamers do after a gap. */
  resume(): void {
    clearTimeout(this.#timer);
    this.#play(0, performance.now());
  }

  #onMessage(message: ViewerMessage | null): void {
    switch (message?.kind) {
      case 'hello':
        this.emit('hello', message);
        break;
      case 'acknowledgement':
        this.emit('acknowledgement', message);
        break;
      case 'input':
        this.emit('input', decodeInput(message.channel, message.data));
        break;
      case 'keyFrameNeeded':
        this.emit('keyFrameNeeded', message.reason);
        this.resume();
    }
  }

  #play(from: number, began: number): void {
    let next = from;
    const now = performance.now();
    for (
      let medium = this.#media[next];
      medium !== undefined && began + medium.atMs <= now;
      medium = this.#media[++next]
    )
      this.#send(medium, (began + medium.atMs) * 1000);
    const isOver = next >= this.#media.length;
    this.#timer = setTimeout(() => (isOver ? this.#play(0, performance.now()) : this.#play(next, began)), 4);
  }

  #send(medium: RecordedMedium, timeUs: number): void {
    if (medium.kind === 'audio') {
      const { configuration, packets } = this.#sound ?? { configuration: STEREO, packets: [medium.data] };
      const data = packets[this.#packet % packets.length]!;
      const said = this.#isSoundConfigured ? null : configuration;
      this.#isSoundConfigured = true;
      this.#socket.send(encodeAudio({ sequence: this.#packet, timeUs, configuration: said, data }));
      this.#packet = (this.#packet + 1) % 2 ** 16;
      return;
    }
    const { isKey, configuration } = medium;
    const data = this.change(medium.data, isKey);
    if (data === null) this.#left = true;
    else
      this.#socket.send(
        videoMessage({ isKey, isDiscontinuity: this.#left, frame: this.#frame, timeUs, configuration, data }),
      );
    if (data !== null) this.#left = false;
    this.#frame = (this.#frame + 1) % 2 ** 32;
  }
}
