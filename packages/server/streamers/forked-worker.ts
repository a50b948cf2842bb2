import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import {
  type FromStreamer,
  fromStreamerSchema,
  HEARTBEAT_MS,
  type InputOutcome,
  MoonshareError,
  MULTIPLEX_DESCRIPTOR,
  type StreamerStatistics,
  type ToStreamer,
  toStreamerSchema,
} from '@moonshare/contract';
import type { Logger } from 'pino';
import { MultiplexedSockets } from './multiplexed-sockets.ts';
import { PassedSockets } from './passed-sockets.ts';
import { withoutSecrets } from './process-environment.ts';
import { ProcessRequests } from './process-requests.ts';
import type { Held, InputMessage, StreamerWorker, WorkerEvents } from './streamer-worker.ts';
import { Watchdog } from './watchdog.ts';

const SILENT_HEARTBEATS = 3;
/** Loading the native module takes seconds on a busy machine. */
const READY_LIMIT_MS = 20_000;
/** A stream ends cleanly within 2 s; callers of a failed start wait meanwhile. */
const STOP_LIMIT_MS = 5_000;

/**
 * Media are memory outside of V8's heap, freed when a small part of the heap is collected. With that part at its usual size, V8 does not
 * get round to it before so much has come together that it collects everything, every second, for half of the time that a stream takes.
 */
export const STREAMER_FLAGS = ['--max-semi-space-size=2'] as const;

/** glibc gives each thread a heap of its own, 2 MB in all, for allocations that hardly ever meet. */
export const STREAMER_ENVIRONMENT = { MALLOC_ARENA_MAX: '1' } as const;

export interface ForkedWorkerOptions {
  /** The module that is forked. */
  entry: string | URL;
  /** For compiled code. */
  cacheDirectory: string;
  /** Bytes of resident memory; it is killed if it uses more. */
  memoryLimit: number;
  log: Logger;
}

/** A worker in a separate process, which is watched, limited, and killed if necessary. */
export class ForkedWorker extends EventEmitter<WorkerEvents> implements StreamerWorker {
  readonly #child: ChildProcess;
  readonly #sockets: PassedSockets;
  readonly #log: Logger;
  readonly #requests = new ProcessRequests();
  readonly #watchdog = new Watchdog();
  readonly #memoryLimit: number;
  #killedFor: string | null = null;
  #stopping = false;
  /** Its init has been sent: before that it cannot answer. */
  #initialised = false;

  constructor({ entry, cacheDirectory, memoryLimit, log }: ForkedWorkerOptions) {
    super();
    this.#log = log;
    this.#memoryLimit = memoryLimit;
    this.#child = fork(entry, {
      // Stdout contains only the link of `npm start`.
      stdio: ['ignore', 2, 2, 'ipc', 'pipe'],
      // Ctrl+C goes to the whole process group of a terminal, but a streamer ends only when we stop it.
      detached: process.platform !== 'win32',
      env: { ...STREAMER_ENVIRONMENT, ...withoutSecrets(process.env), NODE_COMPILE_CACHE: cacheDirectory },
      execArgv: [...STREAMER_FLAGS],
    });
    this.#sockets = new PassedSockets(this.#child, this.#multiplexed());
    this.#watchdog.watch(READY_LIMIT_MS, () => this.kill('did not start'));
    this.#child.on('message', (message) => this.#onMessage(message));
    this.#child.once('disconnect', () => this.#watch(HEARTBEAT_MS));
    this.#child.once('exit', (code, signal) => this.#onExit(code, signal));
    this.#child.once('error', (cause) => {
      log.error({ err: cause }, 'streamer process error');
      if (this.#child.pid === undefined) this.#end(new MoonshareError('STREAMER_DIED', { cause }));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Null: it could not even be started. */
  #multiplexed(): MultiplexedSockets | null {
    const connection = this.#child.stdio?.[MULTIPLEX_DESCRIPTOR];
    if (!(connection instanceof Socket)) return null;
    return new MultiplexedSockets(connection, {
      broken: (error) => {
        this.#log.error({ err: error }, 'the media connection of the streamer is broken');
        this.kill('sent what cannot be');
      },
    });
  }

  get #running(): boolean {
    return this.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** It is checked here, as a streamer is without schemas. What does not match the contract is logged and dropped. */
  send(unchecked: ToStreamer, socket?: Socket): void {
    const { data: message, error } = toStreamerSchema.safeParse(unchecked);
    if (message === undefined) {
      this.#log.error({ issues: error?.issues }, 'a message to the streamer does not match the contract');
      socket?.destroy();
      return;
    }
    this.#trace('to the streamer', message);
    this.#initialised ||= message.type === 'init';
    // If the process dies meanwhile, its exit reports that.
    if (socket !== undefined) this.#sockets.send(message, socket);
    else if (this.#child.connected) this.#child.send(message, () => {});
  }

  async stats(limitMs: number): Promise<StreamerStatistics | null> {
    return this.#running && this.#initialised
      ? this.#requests.request((requestId) => this.send({ type: 'getStats', requestId }), limitMs)
      : null;
  }

  async input(request: InputMessage, limitMs: number): Promise<InputOutcome | null> {
    const ask = (requestId: number) => this.send({ type: 'input', requestId, ...request });
    return this.#running ? this.#requests.request(ask, limitMs) : null;
  }

  async held(limitMs: number): Promise<Held | null> {
    if (!this.#running || !this.#initialised) return null;
    return this.#requests.request((requestId) => this.send({ type: 'getHeld', requestId }), limitMs);
  }

  /** It ends by itself, or is killed after a while. */
  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#stopping = true;
    this.#watchdog.stop();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.once('exit', () => resolve());
    const timer = setTimeout(() => this.kill('did not stop'), STOP_LIMIT_MS);
    this.send({ type: 'stop' });
    await promise;
    clearTimeout(timer);
  }

  kill(reason: string): void {
    this.#killedFor ??= reason;
    this.#log.warn({ reason }, 'killing the streamer process');
    this.#child.kill('SIGKILL');
  }

  #onMessage(raw: unknown): void {
    this.#watch(SILENT_HEARTBEATS * HEARTBEAT_MS);
    const message = fromStreamerSchema.safeParse(raw);
    if (message.success) this.#pass(message.data);
    else this.#log.error({ issues: message.error.issues }, 'a message from the streamer does not match the contract');
  }

  #pass(message: FromStreamer): void {
    this.#trace('from the streamer', message);
    if (message.type === 'stats') this.#requests.answer(message.requestId, message.stats);
    else if (message.type === 'heartbeat') this.#checkMemory(message.memoryBytes);
    else if (message.type === 'held') this.#requests.answer(message.requestId, message.held);
    else if (message.type === 'inputDone') this.#requests.answer(message.requestId, message.outcome);
    else this.emit('message', message);
  }

  /** A process that has grown will not shrink and may starve others; its viewers have a new one within a second. */
  #checkMemory(bytes: number): void {
    if (bytes <= this.#memoryLimit || this.#stopping) return;
    this.kill(`used ${megabytes(bytes)} MB of memory, more than the limit of ${megabytes(this.#memoryLimit)} MB`);
  }

  /** Only the type, as messages contain keys and typed text. */
  #trace(direction: string, message: ToStreamer | FromStreamer): void {
    const peer = 'peerId' in message ? message.peerId : undefined;
    this.#log.trace({ type: message.type, peer }, direction);
  }

  #watch(limitMs: number): void {
    if (this.#stopping || !this.#running) this.#watchdog.stop();
    else this.#watchdog.watch(limitMs, () => this.kill('went silent'));
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    const how = this.#killedFor ?? (signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`);
    this.#end(code === 0 ? null : new MoonshareError('STREAMER_DIED', { message: `The streamer process ${how}` }));
  }

  #end(error: MoonshareError | null): void {
    // Its last messages can arrive after its exit.
    this.#child.removeAllListeners('message');
    this.#watchdog.stop();
    this.#sockets.end();
    this.#requests.end();
    this.emit('exit', error);
  }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}
