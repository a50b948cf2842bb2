import { LineProcess } from '../harness/line-process.ts';
import { cProgram } from '../harness/programs.ts';
import type { RunningSender, Sender, Stage } from './types.ts';

/** What no server can do without: the clip encrypted for each viewer, and sent (floors/main.c). */
export function floor(kind: 'sendto' | 'segment', name: string): Sender {
  return { name, receivers: ['plain', 'gro'], start: async (stage) => new RunningFloor(kind, stage) };
}

class RunningFloor implements RunningSender {
  readonly #kind: 'sendto' | 'segment';
  readonly #stage: Stage;
  readonly #addresses: string[] = [];
  #process: LineProcess<never> | null = null;

  constructor(kind: 'sendto' | 'segment', stage: Stage) {
    this.#kind = kind;
    this.#stage = stage;
  }

  get pid(): number {
    return this.#process!.pid;
  }

  /** It begins again for all: its arguments are its viewers. */
  async join(count: number): Promise<void> {
    await this.close();
    for (let joined = 0; joined < count; joined += 1) {
      const { address, port } = await this.#stage.receivers.add({ plain: true });
      this.#addresses.push(`${address}:${port}`);
    }
    this.#process = playClip(this.#kind, this.#stage, this.#addresses);
  }

  async eventLoopDelay(): Promise<null> {
    return null;
  }

  async close(): Promise<void> {
    await this.#process?.close();
  }
}

/** Feeds the clip as RTP to a port of this machine. */
export function feedClip(stage: Stage, port: number): LineProcess<never> {
  return playClip('plain', stage, [`127.0.0.1:${port}`]);
}

function playClip(kind: string, { clip }: Stage, addresses: readonly string[]): LineProcess<never> {
  return new LineProcess(cProgram('sender'), [kind, clip.packetsFile, String(clip.format.fps), ...addresses]);
}
