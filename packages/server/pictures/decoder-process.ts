import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { type FromTap, fromTapSchema, MoonshareError, TAP_HEARTBEAT_MS, type ToTap } from '@moonshare/contract';
import type { Logger } from 'pino';
import { PassedSockets } from '../streamers/passed-sockets.ts';
import { withoutSecrets } from '../streamers/process-environment.ts';
import { Watchdog } from '../streamers/watchdog.ts';

const SILENT_HEARTBEATS = 6;
/** Loading FFmpeg takes seconds on a busy machine. */
const READY_LIMIT_MS = 20_000;

export interface DecoderEvents {
  /** All messages except heartbeats. */
  message: [message: FromTap];
  /** Once, as the last event; null: it was ended on request. */
  exit: [error: MoonshareError | null];
}

export interface DecoderProcessOptions {
  /** The module that is forked. */
  entry: string | URL;
  /** For compiled code. */
  cacheDirectory: string;
  /** Bytes of resident memory; it is killed if it uses more. */
  memoryLimit: number;
  log: Logger;
}

/** A picture tap in a process of its own, since streams are hostile input to FFmpeg: watched, limited, and killed if necessary. */
export class DecoderProcess extends EventEmitter<DecoderEvents> {
  readonly #child: ChildProcess;
  readonly #sockets: PassedSockets;
  readonly #memoryLimit: number;
  readonly #watchdog = new Watchdog();
  readonly #log: Logger;
  #error: MoonshareError | null = null;
  #isStopped = false;
  #isEnded = false;

  constructor({ entry, cacheDirectory, memoryLimit, log }: DecoderProcessOptions) {
    super();
    this.#log = log;
    this.#memoryLimit = memoryLimit;
    this.#child = fork(entry, {
      stdio: ['ignore', 2, 2, 'ipc'],
      // Pictures go as they are, not as JSON.
      serialization: 'advanced',
      env: { ...withoutSecrets(process.env), NODE_COMPILE_CACHE: cacheDirectory },
      execArgv: [],
    });
    this.#sockets = new PassedSockets(this.#child, null);
    this.#watchdog.watch(READY_LIMIT_MS, () => this.kill('did not start'));
    this.#child.on('message', (message) => this.#onMessage(message));
    this.#child.once('exit', (code, signal) => this.#onExit(signal ?? `exit code ${code}`));
    this.#child.once('error', (cause) => {
      log.error({ err: cause }, 'decoder process error');
      if (this.pid === undefined) this.#onExit('could not be started');
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(message: ToTap, socket?: Socket): void {
    if (socket !== undefined) this.#sockets.send(message, socket);
    else if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** Ends it: it has nothing to finish. */
  stop(): void {
    this.#isStopped = true;
    this.#child.kill('SIGKILL');
  }

  kill(reason: string): void {
    this.#log.warn({ pid: this.pid, reason }, 'killing a decoder process');
    this.#error ??= new MoonshareError('DECODER_FAILED', { message: `The decoder process ${reason}` });
    this.#child.kill('SIGKILL');
  }

  #onMessage(raw: unknown): void {
    this.#watchdog.watch(SILENT_HEARTBEATS * TAP_HEARTBEAT_MS, () => this.kill('went silent'));
    const message = fromTapSchema.safeParse(raw);
    if (!message.success)
      this.#log.error({ issues: message.error.issues }, 'a message from a decoder process does not match the contract');
    else if (message.data.type === 'heartbeat') this.#checkMemory(message.data.memoryBytes);
    else this.emit('message', message.data);
  }

  #checkMemory(bytes: number): void {
    if (bytes <= this.#memoryLimit) return;
    const megabytes = (value: number) => Math.round(value / 1024 / 1024);
    this.kill(`used ${megabytes(bytes)} MB of memory, more than the limit of ${megabytes(this.#memoryLimit)} MB`);
  }

  #onExit(how: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#watchdog.stop();
    this.#sockets.end();
    const error = this.#error ?? new MoonshareError('DECODER_FAILED', { message: `The decoder process ended: ${how}` });
    this.emit('exit', this.#isStopped ? null : error);
    this.removeAllListeners();
  }
}
