import { freeUdpPort } from '../harness/free-port.ts';
import { LineProcess } from '../harness/line-process.ts';
import { pionProgram } from '../harness/programs.ts';
import { offerOf, readSide } from '../harness/sdp.ts';
import { feedClip } from './floor.ts';
import type { RunningSender, Sender, Stage } from './types.ts';

type Report = { event: 'ready' } | { event: 'answer'; viewer: number; sdp: string };

/** Pion's own way to relay RTP, one track for all viewers (pion/main.go). */
export const pion: Sender = {
  name: 'Pion',
  receivers: ['plain'],
  start: async (stage) => {
    const port = await freeUdpPort();
    const relay = new LineProcess<Report>(pionProgram(), [String(port), stage.network.senderAddress]);
    await relay.next(({ event }) => (event === 'ready' ? true : undefined));
    return new RunningPion(stage, relay, feedClip(stage, port));
  },
};

class RunningPion implements RunningSender {
  readonly #stage: Stage;
  readonly #relay: LineProcess<Report>;
  readonly #feed: LineProcess<never>;

  constructor(stage: Stage, relay: LineProcess<Report>, feed: LineProcess<never>) {
    this.#stage = stage;
    this.#relay = relay;
    this.#feed = feed;
  }

  get pid(): number {
    return this.#relay.pid;
  }

  async join(count: number): Promise<void> {
    const { receivers } = this.#stage;
    for (let joined = 0; joined < count; joined += 1) {
      const { viewer, ...side } = await receivers.add();
      const answer = this.#relay.next((report) =>
        report.event === 'answer' && report.viewer === viewer ? report.sdp : undefined,
      );
      this.#relay.send({ viewer, sdp: offerOf(side) });
      await receivers.connect(viewer, readSide(await answer), true);
    }
  }

  async eventLoopDelay(): Promise<null> {
    return null;
  }

  async close(): Promise<void> {
    await this.#feed.close();
    await this.#relay.close();
  }
}
