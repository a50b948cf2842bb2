import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import {
  decodeMediaMessage,
  encodeAcknowledgement,
  encodeInput,
  encodeMediaInput,
  encodeViewerHello,
  type MediaMessage,
  type MoonshareError,
  type Role,
  type VideoMessage,
  type ViewerAccount,
  type ViewerInput,
} from '@moonshare/contract';
import type { AccessUnit, AudioPacket } from '@moonshare/gamestream';
import { WebSocket } from 'ws';
import type { StreamFormat, TransportEvents, ViewerTransport } from '../../viewer/transport.ts';
import { freshAccount } from '../../webrtc/testing/fresh-account.ts';
import { WebSocketEngine } from '../engine.ts';

export const FORMAT: StreamFormat = {
  codec: 'h264',
  width: 1280,
  height: 720,
  fps: 60,
  profileLevelId: '640020',
  tenBit: false,
  audio: { channels: 2, streams: 1, coupledStreams: 1, mapping: [0, 1] },
  audioPacketMs: 5,
  touch: true,
};

const SPS = Buffer.from('0000000167640020acb402802dd80b50101014000003000400000301e23c60ca80', 'hex');
const PPS = Buffer.from('0000000168ef3cb0', 'hex');

/** An access unit of H.264 with this many bytes of slice. */
export function unit(frameIndex: number, { isKey = false, bytes = 1_000 } = {}): AccessUnit {
  const slice = Buffer.alloc(5 + bytes, 0xaa);
  slice.set([0, 0, 0, 1, isKey ? 0x65 : 0x41]);
  const data = isKey ? Buffer.concat([SPS, PPS, slice]) : slice;
  return {
    frameIndex,
    keyFrame: isKey,
    data,
    hostTimestamp: frameIndex * 1_500,
    receivedAt: frameIndex * 16,
    hostLatency: 0,
  };
}

export const key: ViewerInput = { kind: 'key', down: true, modifiers: 0, virtualKey: 65 };

/** The message of a browser. */
export function input(event: ViewerInput): Uint8Array {
  return encodeMediaInput(encodeInput(event));
}

export function sound(sequence: number): AudioPacket {
  const data = Buffer.from('fcfffe', 'hex');
  return { sequence, data, durationMs: 5, receivedAt: sequence * 5, recovered: false };
}

export interface Joined {
  transport: ViewerTransport;
  browser: MediaBrowser;
  /** What the engine said of it, in order. */
  heard: Heard[];
  /** Resolves once that was said. */
  hears(what: Heard['event']): Promise<Heard>;
}

export type Heard =
  | { event: 'opened' | 'connected' | 'inputLost' | 'keyFrameNeeded' | 'frameDropped' | 'silent' }
  | { event: 'input'; input: ViewerInput }
  | { event: 'closed'; error: MoonshareError | null };

/** An engine whose media sockets come from a real HTTP server, and browsers that open them. Everything ends with the test. */
export class MediaRig {
  readonly engine: WebSocketEngine;
  /** The engine's ends of the connections, oldest first. */
  readonly sockets: Socket[] = [];
  readonly #server: Server;
  readonly #upgrades: ((request: IncomingMessage, socket: Socket, head: Buffer) => void)[] = [];

  private constructor(server: Server, maxViewers: number) {
    this.#server = server;
    this.engine = new WebSocketEngine({ maxViewers });
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      socket.on('error', () => {});
      this.sockets.push(socket);
      this.#upgrades.shift()!(request, socket, head);
    });
  }

  static async start(context: TestContext, { maxViewers = 64 } = {}): Promise<MediaRig> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const rig = new MediaRig(server, maxViewers);
    context.after(async () => {
      await rig.engine.close();
      server.closeAllConnections();
      server.close();
    });
    return rig;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Hands the next connection to the engine; rejects with what the engine throws. */
  accept({ role = 'full' as Role, account = freshAccount() as ViewerAccount } = {}) {
    const heard: Heard[] = [];
    const waiting: { event: Heard['event']; resolve: (heard: Heard) => void }[] = [];
    const hear = (what: Heard) => {
      heard.push(what);
      for (const { event, resolve } of waiting) if (event === what.event) resolve(what);
    };
    const events: TransportEvents = {
      opened: () => hear({ event: 'opened' }),
      connected: () => hear({ event: 'connected' }),
      input: (input) => hear({ event: 'input', input }),
      inputLost: () => hear({ event: 'inputLost' }),
      keyFrameNeeded: () => hear({ event: 'keyFrameNeeded' }),
      frameDropped: () => hear({ event: 'frameDropped' }),
      silent: () => hear({ event: 'silent' }),
      closed: (error) => hear({ event: 'closed', error }),
    };
    const hears = (event: Heard['event']): Promise<Heard> => {
      const already = heard.find((each) => each.event === event);
      return already === undefined
        ? new Promise((resolve) => waiting.push({ event, resolve }))
        : Promise.resolve(already);
    };
    const transport = new Promise<ViewerTransport>((resolve, reject) => {
      this.#upgrades.push((request, socket, head) => {
        const headers = request.headers as Record<string, string>;
        try {
          resolve(
            this.engine.addTransport(
              { id: 'p', acceptsInput: () => role !== 'watch', account, events },
              { socket, request: { url: request.url!, headers }, head },
            ),
          );
        } catch (error) {
          reject(error);
        }
      });
    });
    return { transport, heard, hears };
  }

  /** A browser whose socket is open, and which has said hello unless `greets` is false. */
  async join(
    options: { role?: Role; account?: ViewerAccount; greets?: boolean; surround?: boolean } = {},
  ): Promise<Joined> {
    const { transport, heard, hears } = this.accept(options);
    const browser = new MediaBrowser(this.port);
    await once(browser.socket, 'open');
    const joined = { transport: await transport, browser, heard, hears };
    if (options.greets === false) return joined;
    browser.send(encodeViewerHello({ wantsSound: true, takesSurround: options.surround ?? false }));
    await hears('connected');
    return joined;
  }

  /** A connection that has sent its request for an upgrade by hand, and what it has received so far. */
  async raw(request: string): Promise<Socket> {
    const socket = connect(this.port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(request);
    return socket;
  }
}

/** The other side: the messages of one media socket. */
export class MediaBrowser {
  readonly socket: WebSocket;
  readonly messages: MediaMessage[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  #taken = 0;
  #wake = () => {};

  constructor(port: number) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/api/streamers/a/media?ticket=t`, { perMessageDeflate: true });
    this.socket.on('error', () => {});
    this.socket.on('message', (data: Buffer) => {
      const message = decodeMediaMessage(data);
      if (message === null) throw new Error('the engine sent something that is no message');
      this.messages.push(message);
      this.#wake();
    });
    this.closed = once(this.socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }));
  }

  /** The next message of this kind that no earlier call returned. */
  async next<K extends MediaMessage['kind']>(kind: K): Promise<MediaMessage & { kind: K }> {
    for (;;) {
      const index = this.messages.findIndex((message, at) => at >= this.#taken && message.kind === kind);
      if (index >= 0) {
        this.#taken = index + 1;
        return this.messages[index] as MediaMessage & { kind: K };
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  send(message: Uint8Array): void {
    this.socket.send(message);
  }

  acknowledge({ frame }: Pick<VideoMessage, 'frame'>): void {
    this.send(encodeAcknowledgement({ queued: 0, received: frame, shown: frame, receivedAtMs: 0 }));
  }
}
