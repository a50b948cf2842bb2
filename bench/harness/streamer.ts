import { EventEmitter, once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type FromStreamer,
  type ServerSignal,
  type StreamerInit,
  streamSettingsSchema,
  type ToStreamer,
} from '@moonshare/contract';
import { STREAMER_ENVIRONMENT, STREAMER_FLAGS } from '../../packages/server/streamers/forked-worker.ts';
import type { HandedFrame } from '../streamer/measured-engine.ts';
import { Child } from './child.ts';
import type { BenchHost } from './host.ts';

export interface Usage {
  /** User and system time of the process. */
  cpuSeconds: number;
  bytesSent: number;
}

/** ms. */
export interface EventLoopDelay {
  p50: number;
  p99: number;
}

export interface StreamerProgram {
  entry: URL | string;
  execArgv?: readonly string[];
  env?: NodeJS.ProcessEnv;
}

/** With an engine that answers the bench's questions. */
const MEASURED: StreamerProgram = { entry: new URL('../streamer/main.ts', import.meta.url), execArgv: ['--expose-gc'] };

/** A streamer in a separate process, and the server's side of the conversation with it. */
export class BenchStreamer extends EventEmitter<{
  connected: [peerId: string];
  closed: [peerId: string];
  signal: [peerId: string, message: ServerSignal];
  streaming: [];
}> {
  /** What viewers were told of their rungs, oldest first. */
  readonly rungs: (FromStreamer & { type: 'peerRung' })[] = [];
  readonly #child: Child;
  readonly #init: ToStreamer;
  readonly #forkedAt = performance.now();
  #readyMs = Number.NaN;

  private constructor(init: ToStreamer, program: StreamerProgram) {
    super();
    // One listener per viewer process and waiting bench.
    this.setMaxListeners(0);
    this.#init = init;
    const { entry, execArgv = [], env = process.env } = program;
    const options = { execArgv: [...STREAMER_FLAGS, ...execArgv], env: { ...STREAMER_ENVIRONMENT, ...env } };
    this.#child = new Child(entry, options, (message) => this.#take(message));
  }

  /** Resolves when the host's stream is up. `webrtc`: other than for one machine. */
  static async start(
    host: BenchHost,
    webrtc: Partial<StreamerInit['webrtc']> = {},
    program = MEASURED,
  ): Promise<BenchStreamer> {
    const { address, httpPort, certificate, identity, format } = host;
    const { bitrateKbps, ...size } = format;
    const app = await host.app();
    const init: StreamerInit = {
      type: 'init',
      streamerId: 'bench',
      host: { address, httpPort, certificate },
      identity,
      app: { app_id: app.id, title: app.title, is_hdr_supported: false },
      settings: streamSettingsSchema.parse({ ...size, bitrate: bitrateKbps }),
      webrtc: { iceServers: [], udpPort: 0, bindAddress: '127.0.0.1', maxViewers: 64, ...webrtc },
      resume: false,
      videoTimeoutMs: 2_000,
      launchLimitMs: 60_000,
      logLevel: 'error',
    };
    const streamer = new BenchStreamer(init, program);
    await streamer.#child.orFailed(once(streamer, 'streaming'));
    return streamer;
  }

  send(message: ToStreamer, socket?: Socket): void {
    this.#child.send(message, socket);
  }

  /** Frames handed to the network since the last call. */
  frames(): Promise<HandedFrame[]> {
    return this.#child.ask('frames');
  }

  /** When input was sent to the host, since the last call. */
  inputs(): Promise<number[]> {
    return this.#child.ask('inputs');
  }

  /** By viewer. */
  firstFrames(): Promise<Record<string, number>> {
    return this.#child.ask('firstFrames');
  }

  usage(): Promise<Usage> {
    return this.#child.ask('usage');
  }

  /** Resident bytes, after garbage collection. */
  memory(): Promise<number> {
    return this.#child.ask('memory');
  }

  /** From the fork to its `ready`. */
  get readyMs(): number {
    return this.#readyMs;
  }

  get pid(): number {
    return this.#child.process.pid!;
  }

  /** How late its event loop was, measured for so long from now. */
  async eventLoopDelay(seconds: number): Promise<EventLoopDelay> {
    await this.#child.ask('beginEventLoopDelay');
    await this.orFailed(sleep(seconds * 1000));
    return this.#child.ask('endEventLoopDelay');
  }

  orFailed<T>(promise: Promise<T>): Promise<T> {
    return this.#child.orFailed(promise);
  }

  close(): Promise<void> {
    return this.#child.end('SIGTERM');
  }

  #take(message: FromStreamer): void {
    switch (message.type) {
      case 'ready':
        this.#readyMs = performance.now() - this.#forkedAt;
        this.send(this.#init);
        this.send({ type: 'launchGranted' });
        return;
      case 'launchWanted':
        this.send({ type: 'launchGranted' });
        return;
      case 'hostState':
        if (message.host.state === 'streaming') this.emit('streaming');
        return;
      case 'negotiation':
        this.emit('signal', message.peerId, { Signaling: message.message });
        return;
      case 'peerConnected':
        this.emit('connected', message.peerId);
        return;
      case 'peerRung':
        this.rungs.push(message);
        return;
      case 'peerClosed':
        this.emit('closed', message.peerId);
        return;
    }
  }
}
