import { Duplex } from 'node:stream';
import {
  type FromStreamer,
  HEARTBEAT_MS,
  MoonshareError,
  type StreamerInit,
  type ToStreamer,
} from '@moonshare/contract';
import type { Logger } from 'pino';
import { StreamRelay } from '../relay/stream-relay.ts';
import type { Engines } from '../viewer/engines.ts';
import { PortTakenError } from '../viewer/transport.ts';
import { logStack } from './log-stack.ts';

/** A streamer without its server ends within 10 s (docs/architecture.md, "When something breaks"). */
const SHUT_DOWN_LIMIT_MS = 8_000;
/** The server sends `stop` after the session has ended; do not wait longer than this for it. */
const LINGER_MS = 10_000;

export interface WorkerProcessOptions {
  createEngines: (options: StreamerInit['webrtc']) => Promise<Engines>;
  /** Resolves when the message has been handed over; never rejects. */
  post: (message: FromStreamer) => Promise<void>;
  /** One of the multiplexed connection. */
  openStream: (stream: number) => Duplex;
  log: Logger;
  exit: (code: number) => void;
}

/** The life of the forked process: `init`, messages both ways, heartbeats, and always an orderly end. */
export class WorkerProcess {
  readonly #options: WorkerProcessOptions;
  #log: Logger;
  #state: 'waiting' | 'running' | 'ending' = 'waiting';
  /** Creating the engine takes a moment; messages queue behind it in order. */
  #streamer: Promise<StreamRelay> | null = null;
  #heartbeat: NodeJS.Timeout | undefined;
  #limit: NodeJS.Timeout | undefined;
  #lastPost: Promise<void> = Promise.resolve();
  #isSilent = false;

  constructor(options: WorkerProcessOptions) {
    this.#options = options;
    this.#log = options.log;
  }

  start(): void {
    this.#post({ type: 'ready' });
    const beat = () => this.#post({ type: 'heartbeat', memoryBytes: process.memoryUsage.rss() });
    this.#heartbeat = setInterval(beat, HEARTBEAT_MS);
  }

  /**
   * A message from the server, and the socket that came with it. The server checks what it sends and what it gets, so that no
   * streamer needs memory for the schemas. A socket that nobody takes is destroyed.
   */
  receive(message: ToStreamer, handle?: unknown): void {
    const socket = handle instanceof Duplex ? handle : null;
    // It may fail at any time from now on, and nobody else may be listening for that.
    socket?.on('error', () => {});
    this.#trace('from the server', message);
    if (message.type === 'mediaSocket') {
      const { stream } = message;
      this.#passSocket(message, stream === undefined ? socket : this.#options.openStream(stream));
    } else if (message.type === 'tapSocket') this.#passSocket(message, socket);
    else {
      socket?.destroy();
      this.#take(message);
    }
  }

  #take(message: Exclude<ToStreamer, { type: 'mediaSocket' | 'tapSocket' }>): void {
    if (message.type === 'init') this.#init(message);
    else if (message.type === 'stop') this.#stop();
    else this.#pass(message);
  }

  /** The server is gone. The next server decides about the app. */
  shutDown(reason: string): void {
    this.#log.info({ reason }, 'shutting down');
    this.#stop();
  }

  /** Somebody ends this process: for server and viewers it is like a crash, after which the next streamer goes on. */
  leave(signal: string, code: number): void {
    this.#log.info({ signal }, 'leaving');
    this.#isSilent = true;
    void this.#end(code, (streamer) => streamer.leave());
  }

  /** A fault of ours: our state is unknown, so we clean nothing up here; the server does. */
  crash(error: MoonshareError): void {
    this.#log.fatal({ err: error }, 'uncaught error');
    this.#options.exit(1);
  }

  #init(init: StreamerInit): void {
    if (this.#state !== 'waiting') {
      this.#log.error('a second init was ignored');
      return;
    }
    this.#state = 'running';
    this.#log = this.#options.log.child({ streamer: init.streamerId });
    this.#log.level = init.logLevel;
    this.#streamer = this.#create(init);
    this.#streamer.then(
      (streamer) => streamer.start(),
      (cause) => {
        const error = MoonshareError.from(cause);
        this.#log.error({ err: error }, 'the streamer could not be created');
        if (error instanceof PortTakenError) this.#post({ type: 'portTaken' });
        else this.#post({ type: 'hostState', host: { state: 'ended', error: error.toBody() } });
      },
    );
  }

  async #create(init: StreamerInit): Promise<StreamRelay> {
    const engines = await this.#options.createEngines(init.webrtc);
    logStack(engines.webrtc, this.#log);
    return new StreamRelay({ init, engines, send: (message) => this.#post(message), log: this.#log });
  }

  #trace(direction: string, message: ToStreamer | FromStreamer): void {
    const peer = 'peerId' in message ? message.peerId : undefined;
    this.#log.trace({ type: message.type, peer }, direction);
  }

  /** Null: its browser has already gone. */
  #passSocket(message: ToStreamer & { type: 'mediaSocket' | 'tapSocket' }, socket: Duplex | null): void {
    if (socket === null) return;
    const { request, head } = message;
    const connection = { socket, request, head: Buffer.from(head, 'base64') };
    if (this.#streamer === null) socket.destroy();
    else
      this.#streamer.then(
        (streamer) => {
          if (message.type === 'tapSocket') streamer.receiveTap(connection);
          else streamer.receiveSocket(message.peerId, connection);
        },
        () => socket.destroy(),
      );
  }

  #pass(message: Exclude<ToStreamer, { type: 'init' | 'stop' | 'mediaSocket' | 'tapSocket' }>): void {
    if (this.#streamer === null) {
      this.#log.error({ type: message.type }, 'message before init');
      return;
    }
    this.#streamer.then(
      (streamer) => streamer.receive(message),
      // It could not be created, which has been logged.
      () => undefined,
    );
  }

  #post(message: FromStreamer): void {
    if (this.#isSilent) return;
    this.#trace('to the server', message);
    this.#lastPost = this.#options.post(message);
    const isOver = message.type === 'portTaken' || (message.type === 'hostState' && message.host.state === 'ended');
    if (isOver && this.#state !== 'ending')
      this.#limit = setTimeout(() => this.shutDown('no stop came after the session ended'), LINGER_MS);
  }

  #stop(): void {
    void this.#end(0, (streamer) => streamer.stop());
  }

  async #end(code: number, end: (streamer: StreamRelay) => Promise<void>): Promise<void> {
    if (this.#state === 'ending') return;
    this.#state = 'ending';
    clearTimeout(this.#limit);
    const limit = setTimeout(() => {
      this.#log.error('the end took too long');
      this.#options.exit(1);
    }, SHUT_DOWN_LIMIT_MS);
    try {
      const streamer = await this.#streamer?.catch(() => null);
      if (streamer) await end(streamer);
    } catch (error) {
      this.#log.error({ err: error }, 'the end was not orderly');
    }
    clearInterval(this.#heartbeat);
    await this.#lastPost;
    clearTimeout(limit);
    this.#options.exit(code);
  }
}
