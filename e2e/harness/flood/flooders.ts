import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { FloodKind } from './floods.ts';
import type { FlooderReport, FlooderStart } from './main.ts';

/** Hostile viewers, each in a process of its own. */
export class Flooders {
  readonly #flooders: { process: ChildProcess; kind: FloodKind; report: FlooderReport }[];

  constructor({ kinds, ...start }: Omit<FlooderStart, 'kind'> & { kinds: readonly FloodKind[] }) {
    this.#flooders = kinds.map((kind) => {
      const child = fork(new URL('./main.ts', import.meta.url), { execArgv: [], detached: true });
      const flooder = { process: child, kind, report: { floods: 0, closeReasons: [] as string[] } };
      child.on('message', (report: FlooderReport) => Object.assign(flooder, { report }));
      child.send({ ...start, kind } satisfies FlooderStart);
      return flooder;
    });
  }

  /** Of each: what it floods with, how often it began, and why its sockets closed. */
  get reports(): (FlooderReport & { kind: FloodKind })[] {
    return this.#flooders.map(({ kind, report }) => ({ kind, ...report }));
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#flooders.map(async ({ process }) => {
        if (process.exitCode !== null || process.signalCode !== null) return;
        const exited = once(process, 'exit');
        process.kill('SIGKILL');
        await exited;
      }),
    );
  }
}
