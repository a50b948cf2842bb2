import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { MULTIPLEX_DESCRIPTOR } from '@moonshare/contract';
import { MultiplexedSockets } from '../../packages/server/streamers/multiplexed-sockets.ts';
import { PassedSockets } from '../../packages/server/streamers/passed-sockets.ts';

/** What a child answers: `request` names an entry of its answers. */
export interface Request {
  type: 'bench';
  request: string;
}

const running = new Set<ChildProcess>();
// Not even a stopped process may outlive the bench.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** In the parent: a forked process that answers questions. */
export class Child {
  readonly process: ChildProcess;
  readonly #sockets: PassedSockets;
  readonly #waiting: ((answer: unknown) => void)[] = [];
  readonly #fail: (error: unknown) => void;
  readonly #failed: Promise<never>;
  #ending = false;

  /** `onMessage` receives everything that is not an answer. */
  constructor(
    entry: URL | string,
    options: { args?: string[]; execArgv?: string[]; env?: NodeJS.ProcessEnv },
    onMessage: (message: never) => void,
  ) {
    const { args = [], execArgv = [], env = process.env } = options;
    const failure = Promise.withResolvers<never>();
    this.#fail = failure.reject;
    this.#failed = failure.promise;
    this.#failed.catch(() => undefined);
    this.process = fork(entry, args, { execArgv, env, stdio: ['ignore', 'ignore', 'inherit', 'ipc', 'pipe'] });
    const multiplexed = new MultiplexedSockets(this.process.stdio[MULTIPLEX_DESCRIPTOR] as Socket, {
      broken: this.#fail,
    });
    this.#sockets = new PassedSockets(this.process, multiplexed);
    this.process.on('message', (message: { type?: string; answer?: unknown }) => {
      if (message.type === 'answer') this.#waiting.shift()?.(message.answer);
      else onMessage(message as never);
    });
    running.add(this.process);
    this.process.once('exit', (code, signal) => {
      running.delete(this.process);
      this.#sockets.end();
      if (!this.#ending) this.#fail(new Error(`${entry} ended (${signal ?? code})`));
    });
  }

  send(message: object, socket?: Socket): void {
    if (socket === undefined) this.process.send(message);
    else this.#sockets.send(message, socket);
  }

  /** Answers arrive in the order of the questions. */
  ask<T>(request: string): Promise<T> {
    const answer = new Promise<T>((resolve) => this.#waiting.push(resolve as (answer: unknown) => void));
    this.send({ type: 'bench', request } satisfies Request);
    return this.orFailed(answer);
  }

  /** Rejects if the process ends first. */
  orFailed<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.#failed]);
  }

  /** SIGKILL even ends a process that is stopped, or that the WebRTC library keeps alive. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#ending = true;
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill(signal);
    await ended;
  }
}

/** In the child: answers the parent's questions; other messages are passed on. */
export function answer(
  answers: Record<string, () => unknown>,
  other: (message: never, handle?: unknown) => void = () => undefined,
): void {
  process.on('message', (message: Partial<Request>, handle: unknown) => {
    if (message.type !== 'bench') other(message as never, handle);
    else process.send?.({ type: 'answer', answer: answers[message.request!]?.() ?? null });
  });
}
