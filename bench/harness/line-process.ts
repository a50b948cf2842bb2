import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A program that takes commands on stdin and reports on stdout, if at all: a JSON object a line. It ends with its input. */
export class LineProcess<Report extends object> extends EventEmitter<{ report: [Report] }> {
  readonly #process: ChildProcess;
  readonly #failed: Promise<never>;
  #ending = false;

  constructor(command: string, args: readonly string[]) {
    super();
    this.setMaxListeners(0);
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    running.add(this.#process);
    const failure = Promise.withResolvers<never>();
    this.#failed = failure.promise;
    this.#failed.catch(() => undefined);
    this.#process.once('error', failure.reject);
    this.#process.stdin!.on('error', () => undefined);
    this.#process.once('exit', (code, signal) => {
      running.delete(this.#process);
      if (!this.#ending) failure.reject(new Error(`${command} ended (${signal ?? code})`));
    });
    createInterface({ input: this.#process.stdout! }).on('line', (line) => {
      // Some say who they are first.
      if (line.startsWith('{')) this.emit('report', JSON.parse(line));
    });
  }

  get pid(): number {
    return this.#process.pid!;
  }

  send(command: object): void {
    this.#process.stdin!.write(`${JSON.stringify(command)}\n`);
  }

  /** The next report for which `pick` gives a value. What it throws is thrown. */
  next<T>(pick: (report: Report) => T | undefined): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const look = (report: Report) => {
      try {
        const value = pick(report);
        if (value === undefined) return;
        resolve(value);
      } catch (error) {
        reject(error);
      }
      this.off('report', look);
    };
    this.on('report', look);
    return this.orFailed(promise);
  }

  /** Rejects if the process ends first. */
  orFailed<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.#failed]);
  }

  async close(): Promise<void> {
    this.#ending = true;
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }
}
