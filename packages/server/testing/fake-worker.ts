import { EventEmitter, once } from 'node:events';
import type { Socket } from 'node:net';
import {
  type FromStreamer,
  fromStreamerSchema,
  type InputOutcome,
  MoonshareError,
  type StreamerStatistics,
  type ToStreamer,
  toStreamerSchema,
} from '@moonshare/contract';
import { ProcessRequests } from '../streamers/process-requests.ts';
import type { Held, InputMessage, StreamerWorker, WorkerEvents } from '../streamers/streamer-worker.ts';
import { FakeStreamer } from './fake-streamer.ts';

/**
 * A fake streamer in this process, for tests that are not about processes. Messages are validated, copied and delivered later in
 * order, as on the channel of a fork.
 */
export class FakeWorker extends EventEmitter<WorkerEvents> implements StreamerWorker {
  readonly pid = undefined;
  /** The messages it received, oldest first. */
  readonly received: ToStreamer[] = [];
  readonly #requests = new ProcessRequests();
  readonly #streamer = new FakeStreamer({ send: (message) => this.#post(message), exit: (code) => this.#exit(code) });
  #running = true;
  #initialised = false;

  constructor() {
    super();
    this.#post({ type: 'ready' });
  }

  get running(): boolean {
    return this.#running;
  }

  send(message: ToStreamer, socket?: Socket): void {
    this.#initialised ||= message.type === 'init';
    const crossed = toStreamerSchema.parse(copy(message));
    setImmediate(() => {
      if (!this.#running) return void socket?.destroy();
      this.received.push(crossed);
      this.#streamer.receive(crossed, socket);
    });
  }

  async stats(limitMs: number): Promise<StreamerStatistics | null> {
    if (!this.#running || !this.#initialised) return null;
    return this.#requests.request((requestId) => this.send({ type: 'getStats', requestId }), limitMs);
  }

  async input(request: InputMessage, limitMs: number): Promise<InputOutcome | null> {
    if (!this.#running) return null;
    return this.#requests.request((requestId) => this.send({ type: 'input', requestId, ...request }), limitMs);
  }

  async held(limitMs: number): Promise<Held | null> {
    if (!this.#running || !this.#initialised) return null;
    return this.#requests.request((requestId) => this.send({ type: 'getHeld', requestId }), limitMs);
  }

  async stop(): Promise<void> {
    if (!this.#running) return;
    const gone = once(this, 'exit');
    this.send({ type: 'stop' });
    await gone;
  }

  /** As if its process said so. */
  report(message: FromStreamer): void {
    this.#post(message);
  }

  /** As if its process were killed. */
  kill(): void {
    this.#end('was killed by SIGKILL');
  }

  #post(message: FromStreamer): void {
    const crossed = fromStreamerSchema.parse(copy(message));
    setImmediate(() => {
      if (this.#running) this.#pass(crossed);
    });
  }

  #pass(message: FromStreamer): void {
    if (message.type === 'stats') this.#requests.answer(message.requestId, message.stats);
    else if (message.type === 'held') this.#requests.answer(message.requestId, message.held);
    else if (message.type === 'inputDone') this.#requests.answer(message.requestId, message.outcome);
    else this.emit('message', message);
  }

  /** After what it has sent. */
  #exit(code: number): void {
    setImmediate(() => this.#end(code === 0 ? null : `ended with exit code ${code}`));
  }

  #end(how: string | null): void {
    if (!this.#running) return;
    this.#running = false;
    this.#streamer.end();
    this.#requests.end();
    const error = how === null ? null : new MoonshareError('STREAMER_DIED', { message: `The streamer process ${how}` });
    this.emit('exit', error);
  }
}

/** What is left after a round trip as JSON. */
function copy(message: unknown): unknown {
  return JSON.parse(JSON.stringify(message));
}
