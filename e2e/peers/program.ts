import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { FromPeer, ToPeer } from './facts.ts';
import { PeerPort } from './port.ts';

/** A viewer that is a program of its own: a JSON object a line on its standard streams, the end of which is its end. */
export class ProgramPort extends PeerPort {
  readonly #process: ChildProcess;

  constructor([program, ...args]: readonly [string, ...string[]]) {
    super();
    this.#process = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#process.stdin!.on('error', () => {});
    this.#process.once('error', ({ message }) => this.emit('ended', message));
    this.#process.once('exit', (code, signal) => this.emit('ended', `${program} ended: ${signal ?? code}`));
    createInterface({ input: this.#process.stdout! }).on('line', (line) => {
      // Some libraries print too.
      if (line.startsWith('{')) this.emit('message', JSON.parse(line) as FromPeer);
    });
  }

  send(message: ToPeer): void {
    this.#process.stdin!.write(`${JSON.stringify(message)}\n`);
  }

  async close(): Promise<void> {
    this.removeAllListeners();
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }
}
